//! The rows of a table, each with the machine that it was run on.

use std::path::Path;

use tilesim_lower::layer_table::{LayerRow, parse_row};
use tilesim_machine::Machine;

use crate::{csv_rows, error::CliError, machines::Machines};

/// One row.
#[derive(Debug)]
pub(super) struct TableRow {
    /// Line of the file, from 1.
    pub line: u64,
    /// Layer and what was given for it.
    pub layer: LayerRow,
    /// The machine that it was run on.
    pub machine: Machine,
}

/// Reads all rows of a file.
pub(super) fn read(file: &Path) -> Result<Vec<TableRow>, CliError> {
    let mut chips = Machines::default();
    let rows = csv_rows::read(file, |placed| {
        let layer = parse_row(&placed.row).map_err(|source| placed.wrong(source))?;
        let expected = "`IpuModel1`, `IpuModel2` or the name of a machine";
        let chip = chips
            .get(layer.machine_name())
            .map_err(|_| placed.wrong(placed.row.unexpected("target", expected)))?;
        Ok(TableRow {
            line: placed.line,
            machine: layer.machine(chip),
            layer,
        })
    })?;
    if rows.is_empty() {
        return Err(CliError::no_rows(file));
    }
    Ok(rows)
}
