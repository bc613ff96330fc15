//! The rows of a vendor table of layers, each with the machine that it was run on.

use std::path::Path;

use tilesim_machine::Machine;

use super::row::{LayerRow, parse_row};
use crate::{chips::Chips, error::ValidateError, vendor_table};

/// One row.
#[derive(Debug)]
pub(super) struct PlacedLayer {
    /// Line of the file, from 1.
    pub line: u64,
    /// Layer and what was given for it.
    pub layer: LayerRow,
    /// The machine that it was run on.
    pub machine: Machine,
}

/// Reads all rows of a file.
pub(super) fn read(file: &Path) -> Result<Vec<PlacedLayer>, ValidateError> {
    let mut chips = Chips::default();
    let rows = vendor_table::read(file, |placed| {
        let layer = parse_row(&placed.row).map_err(|source| placed.wrong(source))?;
        let expected = "`IpuModel1`, `IpuModel2` or the name of a machine";
        let chip = chips
            .get(layer.machine_name())
            .map_err(|_| placed.wrong(placed.row.unexpected("target", expected)))?;
        Ok(PlacedLayer {
            line: placed.line,
            machine: layer.machine(chip),
            layer,
        })
    })?;
    if rows.is_empty() {
        return Err(ValidateError::no_rows(file));
    }
    Ok(rows)
}
