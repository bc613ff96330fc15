//! The arguments of `tilesim compare`.

use clap::Args;

use super::{run_args::RunArgs, shape_args::ShapeArgs};

/// `tilesim compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Networks to compare with the first: `NAME`, `SPEC.json`, `NET.onnx` or `RESULT.json`, perhaps with `@MACHINE:KEY=VALUE,…` for
    /// settings of that one alone, such as `efficientnet-b0-g16@bow:batch=8`
    #[arg(value_name = "MODEL", required = true)]
    pub(crate) models: Vec<String>,
    /// How to run them
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Shapes of their inputs
    #[command(flatten)]
    pub(crate) shapes: ShapeArgs,
    /// Search the largest batch that fits, for each network that is run, as `simulate --max-batch` does
    #[arg(long)]
    pub(crate) max_batch: bool,
}
