//! `tilesim serve`: answers to tools that call often.

use crate::{error::CliError, exit::Outcome};

/// Serves until standard input ends; standard output carries the protocol alone.
pub(crate) fn run() -> Result<Outcome, CliError> {
    tilesim_server::serve()?;
    Ok(Outcome::Positive)
}
