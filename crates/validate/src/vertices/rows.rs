//! Rows of the vendor's tables of vertices: one kernel, its shape, and the cycles given for it.

mod convolution;
mod reduction;
mod vector;

use tilesim_codelets::Count;
use tilesim_machine::Machine;

use super::predicted::Predicted;
use crate::{
    chips::of_tables,
    row::{Row, RowError},
};

pub use convolution::vertex as convolution_vertex;

/// The machine that the row was counted for: `machine` with the row's own columns put in.
///
/// `workers` and `load_128bit` are read where the table has them.
///
/// # Errors
/// If one of those cells holds no such value.
pub fn machine_of(machine: &Machine, row: &Row<'_>) -> Result<Machine, RowError> {
    let mut machine = of_tables(machine);
    if row.get("workers").is_some() {
        machine.workers = row.positive_u32("workers")?;
    }
    if row.get("load_128bit").is_some() {
        machine.weight_load_128bit = row.flag("load_128bit")?;
    }
    Ok(machine)
}

/// Predicts the cycles of `row` on `machine`; the kernel stands in the column `vertex` or `model`.
///
/// The table's own machine columns (`workers`, `load_128bit`) go before those of `machine`.
///
/// # Errors
/// If no kernel has that name, or a cell is missing or does not hold what the kernel's table should.
pub fn predict(machine: &Machine, row: &Row<'_>, count: Count) -> Result<Predicted, RowError> {
    let column = if row.get("vertex").is_some() {
        "vertex"
    } else {
        "model"
    };
    let name = row.text(column)?;
    let machine = machine_of(machine, row)?;
    convolution::predict(&machine, name, row, count)
        .or_else(|| reduction::predict(&machine, name, row))
        .or_else(|| vector::predict(&machine, name, row, count))
        .unwrap_or_else(|| Err(row.unexpected(column, "the name of a kernel that has a table")))
}
