//! The vendor's plans, and the machines that they are for.

use tilesim_machine::Machine;
use tilesim_test_support::{machines, reference};
use tilesim_validate::{
    plans::{PlannedRow, parse_row},
    vendor_table,
};

/// A table of plans; `None` where there is no reference data.
pub(crate) fn planned_rows(table: &str) -> Option<Vec<PlannedRow>> {
    let path = reference::path("vendor/plans")?.join(table);
    let rows = vendor_table::read(&path, |placed| {
        parse_row(&placed.row).map_err(|source| placed.wrong(source))
    });
    Some(rows.expect("rows of the vendor's tables are legal"))
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
