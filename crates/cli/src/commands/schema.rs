//! `tilesim schema`.

use crate::{args::SchemaArgs, console::Console, error::CliError, exit::Outcome};

/// STUB
pub(crate) fn run(_args: &SchemaArgs, _console: &Console) -> Result<Outcome, CliError> {
    Err(CliError::argument("schema", "no", "yes"))
}
