//! The rows of a table, each with the machine it was planned for.

use std::{collections::BTreeMap, fs, path::Path};

use tilesim_codelets::table::Row;
use tilesim_lower::planner::table::{PlannedRow, parse_row};
use tilesim_machine::Machine;

use crate::{error::CliError, machines};

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
    let text = fs::read_to_string(file).map_err(CliError::read(file))?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let malformed = |error: csv::Error| CliError::Table {
        path: file.to_owned(),
        reason: error.to_string(),
        expected: "comma-separated rows with as many cells as columns",
    };
    let columns = reader.headers().map_err(malformed)?.clone();
    let mut chips = BTreeMap::new();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(malformed)?;
        // Counted in records: the reader counts a line that ends in CR LF late. The names of the columns stand on line 1.
        let line = record.position().map_or(0, |position| position.record() + 1);
        let in_row = |source| CliError::Row {
            path: file.to_owned(),
            line,
            source,
        };
        let row = Row::new(&columns, &record);
        let planned = parse_row(&row).map_err(in_row)?;
        let chip = planned.chip().to_owned();
        if !chips.contains_key(&chip) {
            chips.insert(chip.clone(), machines::load(&chip)?);
        }
        let base = &chips[&chip];
        rows.push(TableRow {
            line,
            layer: row
                .get("layer")
                .or_else(|| row.get("id"))
                .unwrap_or_default()
                .to_owned(),
            pass: row.text("pass").map_err(in_row)?.to_owned(),
            machine: planned.machine(base).map_err(in_row)?,
            planned,
        });
    }
    Ok(rows)
}
