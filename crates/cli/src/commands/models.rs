//! `tilesim models`.

use crate::{args::NameArgs, console::Console, error::CliError, exit::Outcome};

/// STUB
pub(crate) fn run(_args: &NameArgs, _console: &Console) -> Result<Outcome, CliError> {
    Err(CliError::argument("models", "no", "yes"))
}
