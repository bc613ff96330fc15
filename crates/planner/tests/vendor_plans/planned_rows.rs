//! The vendor's plans, and the machines that they are for.

use std::path::Path;

use tilesim_machine::Machine;
use tilesim_planner::table::{PlannedRow, parse_row};
use tilesim_test_support::{csv_table, machines, reference};

/// A table of plans; `None` where there is no reference data.
pub(crate) fn planned_rows(table: &str) -> Option<Vec<PlannedRow>> {
    let path = reference::path("vendor/plans")?.join(table);
    Some(read(&path))
}

fn read(path: &Path) -> Vec<PlannedRow> {
    csv_table::rows(path)
        .iter()
        .map(|row| parse_row(&row.cells().collect()).expect("a row of the vendor's tables is legal"))
        .collect()
}

/// The machine that a row was planned for.
pub(crate) fn machine_of(row: &PlannedRow) -> Machine {
    let base = if row.chip() == "mk1" {
        machines::table_mk1()
    } else {
        machines::table_mk2()
    };
    row.machine(&base).expect("a known target")
}
