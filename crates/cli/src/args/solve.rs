//! The arguments of `tilesim solve`.

use clap::Args;
use tilesim::SolveQuestion;

use super::{run_args::RunArgs, shape_args::ShapeArgs};

/// `tilesim solve`.
#[derive(Debug, Args)]
pub(crate) struct SolveArgs {
    /// Network: `NAME`, `SPEC.json` or `NET.onnx`, perhaps with `@MACHINE:KEY=VALUE,…`
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// Number that may change: a key as `--set` takes it, `dot_product_length`, `sram` or `exchange_rate`. May be repeated: then all go with one
    /// factor, `KEY:EXPONENT` with a power of it, and the first decides which values there are
    #[arg(long, value_name = "KEY", required = true)]
    pub(crate) vary: Vec<String>,
    /// What is to hold: `'PATH OPERATOR NUMBER'`, `'PATH OPERATOR MODEL'` for the figure of another network, or `fits`
    #[arg(long, value_name = "GOAL")]
    pub(crate) goal: String,
    /// What is to hold besides, alike; that the run fits its memory always is; may be repeated
    #[arg(long = "constraint", value_name = "GOAL")]
    pub(crate) constraints: Vec<String>,
    /// The largest value that keeps to the goal
    #[arg(long, conflicts_with = "smallest")]
    pub(crate) largest: bool,
    /// The smallest value that keeps to the goal
    #[arg(long)]
    pub(crate) smallest: bool,
    /// Try multiples of this number only
    #[arg(long, value_name = "N")]
    pub(crate) multiple: Option<f64>,
    /// Factor up to which is tried, and down to its inverse
    #[arg(long, value_name = "FACTOR", default_value_t = SolveQuestion::LIMIT)]
    pub(crate) limit: f64,
    /// How to run it
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Shapes of its inputs
    #[command(flatten)]
    pub(crate) shapes: ShapeArgs,
}
