//! Rows of the vendor tables of kernels that move or write data.

use tilesim_codelets::{Count, vector};
use tilesim_machine::Machine;
use tilesim_program::vertex::vector::{DynamicSliceVertex, TransposeVertex, VectorVertex};

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
        "Fill" => {
            return Some(
                fill_worker_cycles(machine, row).and_then(|cycles| predicted(row, "cycles_worker", cycles)),
            );
        }
        "DynamicSlice1D" => dynamic_slice(row).map(VectorVertex::DynamicSlice),
        "Transpose" => transpose(row).map(VectorVertex::Transpose),
        _ => return None,
    };
    Some(vertex.and_then(|vertex| tile_cycles(machine, row, &vertex, count)))
}

fn fill_worker_cycles(machine: &Machine, row: &Row<'_>) -> Result<Option<u64>, RowError> {
    Ok(vector::fill_worker_cycles(
        machine,
        row.element_type("type")?,
        row.positive("elements")?,
    ))
}

fn dynamic_slice(row: &Row<'_>) -> Result<DynamicSliceVertex, RowError> {
    Ok(DynamicSliceVertex {
        element_type: row.element_type("type")?,
        region_elements: row.positive("region_size")?,
        sub_elements: row.positive("num_sub_elements")?,
    })
}

fn transpose(row: &Row<'_>) -> Result<TransposeVertex, RowError> {
    Ok(TransposeVertex {
        element_type: row.element_type("type")?,
        matrices: row.positive("num_transposes")?,
        rows: row.positive("src_rows")?,
        columns: row.positive("src_cols")?,
    })
}
