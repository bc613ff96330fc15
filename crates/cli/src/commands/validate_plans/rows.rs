//! The rows of a table, each with the machine it was planned for.

use std::path::Path;

use tilesim_machine::Machine;
use tilesim_planner::table::{PlannedRow, parse_row};

use crate::{csv_rows, error::CliError, machines::Machines};

/// One row.
#[derive(Debug)]
pub(super) struct TableRow {
    /// Line of the file, from 1.
    pub line: u64,
    /// What identifies the layer in the file.
    pub layer: String,
    /// Pass, as the file writes it.
    pub pass: String,
    /// Convolution, plan and given cost.
    pub planned: PlannedRow,
    /// The machine it was planned for.
    pub machine: Machine,
}

/// Reads all rows of a file.
pub(super) fn read(file: &Path) -> Result<Vec<TableRow>, CliError> {
    let mut chips = Machines::default();
    csv_rows::read(file, |placed| {
        let (row, wrong) = (&placed.row, |source| placed.wrong(source));
        let planned = parse_row(row).map_err(wrong)?;
        let chip = chips.get(planned.chip())?;
        Ok(TableRow {
            line: placed.line,
            layer: row
                .get("layer")
                .or_else(|| row.get("id"))
                .unwrap_or_default()
                .to_owned(),
            pass: row.text("pass").map_err(wrong)?.to_owned(),
            machine: planned.machine(chip).map_err(wrong)?,
            planned,
        })
    })
}
