//! The arguments of `tilesim models`.

use clap::Args;

/// `tilesim models`.
#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {
    /// Network whose specification is shown; without it, all are listed
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// List the operators of ONNX that are imported: which are executed, timed and trained, and within what limits
    #[arg(long, conflicts_with = "name")]
    pub(crate) operators: bool,
}
