//! The rows of a table, each with the machine that it was run on.

use std::{collections::BTreeMap, path::Path};

use tilesim_lower::layer_table::{LayerRow, parse_row};
use tilesim_machine::Machine;

use crate::{csv_rows, error::CliError, machines};

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
    let mut chips: BTreeMap<String, Machine> = BTreeMap::new();
    let rows = csv_rows::read(file, |placed| {
        let layer = parse_row(&placed.row).map_err(|source| placed.wrong(source))?;
        let name = layer.machine_name();
        if !chips.contains_key(name) {
            let expected = "`IpuModel1`, `IpuModel2` or the name of a machine";
            let chip =
                machines::load(name).map_err(|_| placed.wrong(placed.row.unexpected("target", expected)))?;
            chips.insert(name.to_owned(), chip);
        }
        Ok(TableRow {
            line: placed.line,
            machine: layer.machine(&chips[name]),
            layer,
        })
    })?;
    if rows.is_empty() {
        return Err(CliError::Table {
            path: file.to_owned(),
            reason: "the table has no rows".to_owned(),
            expected: "a line of column names, then one line for each row",
        });
    }
    Ok(rows)
}
