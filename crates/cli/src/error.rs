//! Why a command did not work.

use std::io;

/// Why a command did not work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The library has no answer.
    #[error(transparent)]
    Library(#[from] tilesim::Error),
    /// A table cannot be compared with.
    #[error(transparent)]
    Validate(#[from] tilesim_validate::ValidateError),
    /// An answer cannot be written as JSON.
    #[error("the result cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The server cannot serve.
    #[cfg(feature = "serve")]
    #[error(transparent)]
    Serve(#[from] tilesim_server::ServeError),
    /// Standard output cannot be written.
    #[error("standard output cannot be written: {0}")]
    Stdout(io::Error),
}

impl CliError {
    /// An argument that cannot be understood.
    pub(crate) fn argument(argument: &str, reason: impl Into<String>, expected: impl Into<String>) -> Self {
        tilesim::Error::argument(argument, reason, expected).into()
    }

    /// Whether the reader of standard output has gone: nothing is wrong then, and nobody listens.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Stdout(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
