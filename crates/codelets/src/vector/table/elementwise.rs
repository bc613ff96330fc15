//! Rows of the tables of casts, scaled sums and choices.

use tilesim_machine::Machine;
use tilesim_program::vertex::vector::CastVertex;

use super::tile_cycles;
use crate::table::{Predicted, Row, RowError};
use crate::{Count, vector};

/// Predicts a row, or `None` where `name` is not the name of a kernel of this family.
pub(super) fn predict(
    machine: &Machine,
    name: &str,
    row: &Row<'_>,
    _count: Count,
) -> Option<Result<Predicted, RowError>> {
    match name {
        "Cast1D" => Some(cast(row).and_then(|vertex| tile_cycles(row, vector::cast_cost(machine, &vertex)))),
        _ => None,
    }
}

fn cast(row: &Row<'_>) -> Result<CastVertex, RowError> {
    Ok(CastVertex {
        from: row.element_type("from")?,
        to: row.element_type("to")?,
        elements: row.positive("elements")?,
    })
}
