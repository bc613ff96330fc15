//! The arguments of `tilesim search`.

use std::path::PathBuf;

use clap::Args;

use super::plot::PlotArgs;

/// `tilesim search`.
///
/// The folder gets the networks of the front as files that run, `search.json`, and what all points that were run say as of a sweep. The same command
/// again goes on where it was stopped.
#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// Space: a study as a JSON file, with `search` for how many points are run, and perhaps `constraints`
    #[arg(value_name = "SPACE")]
    pub(crate) space: String,
    /// Folder for the points and the front
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Pictures in that folder
    #[command(flatten)]
    pub(crate) plots: PlotArgs,
}
