//! The rows of a vendor table of plans, each with the machine it was planned for.

mod assignment;
mod fields;
mod shipped;

use std::path::Path;

use tilesim_machine::Machine;

use super::row::PlannedRow;
use crate::{
    chips::Chips,
    error::ValidateError,
    row::{Row, RowError},
    vendor_table,
};

/// One row.
#[derive(Debug)]
pub(super) struct PlacedPlan {
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
pub(super) fn read(file: &Path) -> Result<Vec<PlacedPlan>, ValidateError> {
    let mut chips = Chips::default();
    vendor_table::read(file, |placed| {
        let (row, wrong) = (&placed.row, |source| placed.wrong(source));
        let planned = parse_row(row).map_err(wrong)?;
        let chip = chips.get(planned.chip())?;
        Ok(PlacedPlan {
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

/// Reads one row of either family.
///
/// # Errors
/// When a column is missing or holds something unexpected.
pub fn parse_row(row: &Row) -> Result<PlannedRow, RowError> {
    if row.get("cyc_total").is_some() {
        shipped::parse(row)
    } else {
        assignment::parse(row)
    }
}
