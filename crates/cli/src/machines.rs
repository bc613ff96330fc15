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
pub(crate) fn explanation(name: &str) -> Result<crate::commands::machines::MachineExplanation, CliError> {
    Err(CliError::argument(name, "no", "yes"))
}
pub(crate) fn bundled() -> Result<Vec<crate::commands::machines::MachineSummary>, CliError> {
    Ok(vec![])
}
pub(crate) fn schema() -> schemars::Schema {
    schemars::schema_for!(tilesim_report::RunResult)
}
