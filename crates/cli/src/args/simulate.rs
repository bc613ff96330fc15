//! The arguments of `tilesim simulate`.

use clap::Args;
use tilesim::Claim;

use super::{run_args::RunArgs, shape_args::ShapeArgs};

/// `tilesim simulate`.
#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// Network: `NAME`, `SPEC.json` or `NET.onnx`, perhaps with `@MACHINE:KEY=VALUE,…`; that of the system where it names one
    #[arg(value_name = "MODEL", required_unless_present = "system")]
    pub(crate) model: Option<String>,
    /// How to run it
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Shapes of its inputs
    #[command(flatten)]
    pub(crate) shapes: ShapeArgs,
    /// Search the largest batch that fits: none of half as many images again (8 at least, 64 at most) does; in training the largest
    /// micro-batch that leaves the global batch as it is
    #[arg(long)]
    pub(crate) max_batch: bool,
    /// System of chips that trains the network: a bundled name or a JSON file. It states micro-batch, precision and memory
    /// proportion too, and a machine, in whose place --machine puts another; without one, a single chip trains
    #[arg(long, value_name = "NAME|FILE",
        conflicts_with_all = ["batch", "precision", "available_memory_proportion"])]
    pub(crate) system: Option<String>,
    /// Propose splits of the network that balance the stages of the system better
    #[arg(long, requires = "system")]
    pub(crate) balance: bool,
    /// Fail with exit code 1 unless this holds, such as `cycles<=1000000`, `time.images_per_second>=2000` or `fits`; may be
    /// repeated
    #[arg(long = "assert", value_name = "CLAIM")]
    pub(crate) assertions: Vec<Claim>,
}
