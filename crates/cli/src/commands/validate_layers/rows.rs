//! The rows of a table, each with the machine that it was run on.

use std::{collections::BTreeMap, fs, path::Path};

use tilesim_codelets::table::{Row, RowError};
use tilesim_lower::layer_table::{LayerRow, parse_row};
use tilesim_machine::Machine;

use crate::{error::CliError, machines};

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
    let text = fs::read_to_string(file).map_err(CliError::read(file))?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let malformed = |error: csv::Error| CliError::Table {
        path: file.to_owned(),
        reason: error.to_string(),
        expected: "comma-separated rows with as many cells as columns",
    };
    let columns = reader.headers().map_err(malformed)?.clone();
    let mut chips: BTreeMap<String, Machine> = BTreeMap::new();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(malformed)?;
        // Counted in records: the reader counts a line that ends in CR LF late. The names of the columns stand on line 1.
        let line = record.position().map_or(0, |position| position.record() + 1);
        let in_row = |source: RowError| CliError::Row {
            path: file.to_owned(),
            line,
            source,
        };
        let row = Row::new(&columns, &record);
        let layer = parse_row(&row).map_err(in_row)?;
        let name = layer.machine_name();
        if !chips.contains_key(name) {
            let chip = machines::load(name).map_err(|_| {
                in_row(row.unexpected("target", "`IpuModel1`, `IpuModel2` or the name of a machine"))
            })?;
            chips.insert(name.to_owned(), chip);
        }
        rows.push(TableRow {
            line,
            machine: layer.machine(&chips[name]),
            layer,
        });
    }
    if rows.is_empty() {
        return Err(CliError::Table {
            path: file.to_owned(),
            reason: "the table has no rows".to_owned(),
            expected: "a line of column names, then one line for each row",
        });
    }
    Ok(rows)
}
