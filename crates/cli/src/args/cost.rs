//! The arguments of `tilesim cost`.

use clap::Args;
use tilesim::{MAX_BATCH, Setting};

use super::shape_args::ShapeArgs;

/// `tilesim cost`.
#[derive(Debug, Args)]
pub(crate) struct CostArgs {
    /// Network: `NAME`, `SPEC.json` or `NET.onnx`, perhaps with `@:KEY=VALUE,…`
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// Images at a time; where left out, as many as an ONNX file states, 1 where it states none
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_BATCH))]
    pub(crate) batch: Option<u64>,
    /// Shapes of its inputs
    #[command(flatten)]
    pub(crate) shapes: ShapeArgs,
    /// Change the network's specification; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) settings: Vec<Setting>,
    /// List every layer
    #[arg(long)]
    pub(crate) layers: bool,
}
