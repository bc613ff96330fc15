//! The arguments of `tilesim completions`.

use clap::Args;
use clap_complete::Shell;

/// `tilesim completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}
