//! Shapes of inputs.

use clap::Args;
use tilesim::InputShape;

/// Shapes of inputs.
#[derive(Debug, Args)]
pub(crate) struct ShapeArgs {
    /// Shape of an input where an ONNX file leaves sizes open, such as `1x3x320x320`, with `NAME=` before it where there are
    /// several; may be repeated
    #[arg(long, value_name = "NAME=SIZES")]
    pub(crate) input: Vec<InputShape>,
}
