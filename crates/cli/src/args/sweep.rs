//! The arguments of `tilesim sweep`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{plot::PlotArgs, shard_argument::ShardArgument};

/// `tilesim sweep`.
///
/// The folder gets one table, `results.parquet`, with a row for each point, and what it says as `summary.json`. The same command
/// again goes on where it was stopped.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct SweepArgs {
    /// Study: a bundled name or a JSON file
    #[arg(value_name = "STUDY", required = true)]
    pub(crate) study: Option<String>,
    /// Folder for the rows
    #[arg(long, value_name = "DIR", required = true)]
    pub(crate) out: Option<PathBuf>,
    /// Part of the study to run, from 1: 2/4 is the second of four jobs; `auto` for what Slurm, Kubernetes, PBS or GNU parallel
    /// say of this job, with their number in `TILESIM_SHARD_COUNT` where they do not say that
    #[arg(long, value_name = "I/N", default_value = "1/1")]
    pub(crate) shard: ShardArgument,
    /// Write files of the sweep that are damaged or missing anew, and run points again whose rows are lost
    #[arg(long)]
    pub(crate) repair: bool,
    /// Pictures in that folder
    #[command(flatten)]
    pub(crate) plots: PlotArgs,
    /// What else to do with sweeps
    #[command(subcommand)]
    pub(crate) command: Option<SweepCommand>,
}

/// What else to do with sweeps.
#[derive(Debug, Subcommand)]
pub(crate) enum SweepCommand {
    /// Join the folders of all shards of a study
    Merge(MergeArgs),
    /// How far the shards of a study are; exit code 1 until all points have rows
    Status(StatusArgs),
}

/// `tilesim sweep status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Folders of the shards
    #[arg(value_name = "DIR", required = true)]
    pub(crate) folders: Vec<PathBuf>,
}

/// `tilesim sweep merge`.
#[derive(Debug, Args)]
pub(crate) struct MergeArgs {
    /// Folders of the shards
    #[arg(value_name = "DIR", required = true)]
    pub(crate) folders: Vec<PathBuf>,
    /// Folder for the whole
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Join what there is by now, as a sweep that may go on there, and as the table `partial.parquet`
    #[arg(long)]
    pub(crate) partial: bool,
}
