//! The arguments of `tilesim why`.

use clap::Args;

use super::{run_args::RunArgs, shape_args::ShapeArgs};

/// `tilesim why`.
#[derive(Debug, Args)]
pub(crate) struct WhyArgs {
    /// Run to start from: `NAME`, `SPEC.json`, `NET.onnx` or `RESULT.json`, perhaps with `@MACHINE:KEY=VALUE,…`; in training a system
    /// that names its network, too
    #[arg(value_name = "A")]
    pub(crate) a: String,
    /// Run whose time is explained, alike
    #[arg(value_name = "B")]
    pub(crate) b: String,
    /// How to run them
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Shapes of their inputs
    #[command(flatten)]
    pub(crate) shapes: ShapeArgs,
    /// System of chips that trains both: a bundled name or a JSON file
    #[arg(long, value_name = "NAME|FILE",
        conflicts_with_all = ["batch", "precision", "available_memory_proportion"])]
    pub(crate) system: Option<String>,
}
