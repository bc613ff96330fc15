//! Rows of the vendor tables of casts, scaled sums and choices.

use tilesim_codelets::{Count, vector};
use tilesim_machine::Machine;
use tilesim_program::vertex::vector::{CastVertex, ScaledAddKind, ScaledAddVertex, VectorVertex};

use crate::row::{Row, RowError};
use crate::vertices::predicted::{Predicted, predicted, tile_cycles};

/// Predicts a row, or `None` where `name` is not the name of a kernel of this family.
pub(super) fn predict(
    machine: &Machine,
    name: &str,
    row: &Row<'_>,
    count: Count,
) -> Option<Result<Predicted, RowError>> {
    let vertex = match name {
        "Cast1D" => cast(row).map(VectorVertex::Cast),
        "ScaledArithmetic" => scaled_add(row).map(VectorVertex::ScaledAdd),
        "Select" => {
            return Some(
                select_worker_cycles(row).and_then(|cycles| predicted(row, "cycles_worker", cycles)),
            );
        }
        _ => return None,
    };
    Some(vertex.and_then(|vertex| tile_cycles(machine, row, &vertex, count)))
}

fn cast(row: &Row<'_>) -> Result<CastVertex, RowError> {
    Ok(CastVertex {
        from: row.element_type("from")?,
        to: row.element_type("to")?,
        elements: row.positive("elements")?,
    })
}

fn scaled_add(row: &Row<'_>) -> Result<ScaledAddVertex, RowError> {
    let kind = match row.text("op")? {
        "ScaledAddSupervisor" => ScaledAddKind::Add,
        "ScaledSubtractSupervisor" => ScaledAddKind::Subtract,
        "aXPlusbYSupervisor" => ScaledAddKind::ScaleBoth,
        _ => return Err(row.unexpected("op", "the name of a scaled sum")),
    };
    Ok(ScaledAddVertex {
        kind,
        a_type: row.element_type("a_type")?,
        b_type: row.element_type("b_type")?,
        scale_type: row.element_type("scale_type")?,
        memory_constrained: row.flag("mem_constrained")?,
        elements: row.positive("elements")?,
    })
}

fn select_worker_cycles(row: &Row<'_>) -> Result<Option<u64>, RowError> {
    Ok(vector::select_worker_cycles(
        row.element_type("type")?,
        row.positive("regions")?,
        row.positive("elements_per_region")?,
    ))
}
