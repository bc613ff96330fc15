//! Machines by name or from files.

use tilesim_machine::Machine;

use crate::{error::CliError, setting::Setting};

/// STUB
pub(crate) fn load(name: &str) -> Result<Machine, CliError> {
    Err(CliError::argument(name, "no", "yes"))
}

/// STUB
pub(crate) fn load_changed(name: &str, _settings: &[&Setting]) -> Result<(Machine, Vec<String>), CliError> {
    load(name).map(|m| (m, vec![]))
}
