//! `tilesim cost`.

use crate::{args::CostArgs, console::Console, error::CliError, exit::Outcome};

/// STUB
pub(crate) fn run(_args: &CostArgs, _console: &Console) -> Result<Outcome, CliError> {
    Err(CliError::argument("cost", "no", "yes"))
}
