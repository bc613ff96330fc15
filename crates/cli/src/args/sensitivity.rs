//! The arguments of `tilesim sensitivity`.

use clap::Args;

use super::{run_args::RunArgs, shape_args::ShapeArgs};

/// `tilesim sensitivity`.
#[derive(Debug, Args)]
pub(crate) struct SensitivityArgs {
    /// Network: `NAME`, `SPEC.json` or `NET.onnx`, perhaps with `@MACHINE:KEY=VALUE,…`
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// Factor by which every number is made larger and smaller; whole numbers go to the next legal one at least that far away
    #[arg(long, value_name = "FACTOR", default_value_t = 1.1)]
    pub(crate) step: f64,
    /// Also time the program of the run as it is, with its plans, on the machines with other numbers
    #[arg(long)]
    pub(crate) hold_plans: bool,
    /// Follow this number from a quarter to four times what it is, with what limits the run at each point; may be repeated
    #[arg(long = "curve", value_name = "KEY")]
    pub(crate) curves: Vec<String>,
    /// How to run it
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Shapes of its inputs
    #[command(flatten)]
    pub(crate) shapes: ShapeArgs,
}
