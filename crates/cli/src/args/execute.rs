//! The arguments of `tilesim run`.

use std::path::PathBuf;

use clap::Args;

use super::{
    byte_count::byte_count,
    choice::{BatchStatisticsArgument, LossReductionArgument},
    number::{below_one, share},
    run_args::RunArgs,
};

/// `tilesim run`.
#[derive(Debug, Args)]
pub(crate) struct ExecuteArgs {
    /// Network: `NAME`, `SPEC.json` or `NET.onnx`, perhaps with `@MACHINE:KEY=VALUE,…`
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// What it computes from: an array, with `NAME=` before it where there are several inputs, an archive (.npz) of inputs by name,
    /// or the shape alone; may be repeated, and is made up from the seed where left out
    #[arg(long, value_name = "[NAME=]FILE.npy|npz|SIZES")]
    pub(crate) input: Vec<String>,
    /// Where the result goes
    #[arg(long, value_name = "FILE.npy")]
    pub(crate) output: Option<PathBuf>,
    /// What the first output is compared with, or with `NAME=` before it another, or those of an archive (.npz) by name; may be
    /// repeated. Exit code 1 where one differs by more than --tolerance. What gradients are compared with
    #[arg(long, value_name = "[NAME=]FILE.npy|npz")]
    pub(crate) reference: Vec<String>,
    /// Compare every operator with a plain evaluation of the network; exit code 1 where one differs
    #[arg(long)]
    pub(crate) check: bool,
    /// Execute a training step in single precision, and compare its logits, loss and gradients with the archive (.npz) that
    /// --reference names, which holds `input` and `labels` too; exit code 1 where one is off
    #[arg(long, requires = "reference", conflicts_with_all = ["check", "input", "output"])]
    pub(crate) gradients: bool,
    /// Weights of the network, from an ONNX file of the same structure
    #[arg(long, value_name = "FILE.onnx")]
    pub(crate) weights: Option<PathBuf>,
    /// Share of the target that the loss of --gradients spreads evenly over all classes; left out, what loss and logits of the
    /// reference show: 0.1 or 0
    #[arg(long, value_name = "SHARE", value_parser = below_one, requires = "gradients")]
    pub(crate) label_smoothing: Option<f64>,
    /// What the loss of --gradients is of the losses of the samples; left out, what loss and logits of the reference show
    #[arg(long, value_enum, requires = "gradients")]
    pub(crate) loss_reduction: Option<LossReductionArgument>,
    /// Which statistics batch norms take in --gradients
    #[arg(long, value_enum, default_value_t = BatchStatisticsArgument::Auto, requires = "gradients")]
    pub(crate) batch_statistics: BatchStatisticsArgument,
    /// Largest difference that --reference, --check or --gradients takes, relative to the largest magnitude of a tensor. Left out:
    /// 1e-4 in f32 and of gradients; of halves 0.02 (f16.32) or 0.04 (f16.16) of an output, 0.1 of an operator
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) tolerance: Option<f64>,
    /// Of inputs and parameters that are made up; 0 where left out, but an ONNX file whose weights have no data wants it given
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Memory that values may take, such as `500MB` or `4GiB`; what takes more is refused before it takes any. Left out: half of
    /// what the host has
    #[arg(long, value_name = "BYTES", value_parser = byte_count)]
    pub(crate) memory_limit: Option<u64>,
    /// How to run it
    #[command(flatten)]
    pub(crate) run: RunArgs,
}
