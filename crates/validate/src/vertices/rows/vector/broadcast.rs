//! Rows of the vendor tables of functions of an operand and another that is repeated along it.

use tilesim_codelets::Count;
use tilesim_machine::Machine;
use tilesim_program::vertex::vector::{
    BinaryOp, BroadcastScalarVertex, BroadcastVectorInnerVertex, BroadcastVectorOuterVertex, ScalarOp,
    VectorVertex,
};

use crate::row::{Row, RowError};
use crate::vertices::predicted::{Predicted, tile_cycles};

/// Predicts a row, or `None` where `name` is not the name of a kernel of this family.
pub(super) fn predict(
    machine: &Machine,
    name: &str,
    row: &Row<'_>,
    count: Count,
) -> Option<Result<Predicted, RowError>> {
    let vertex = match name {
        "BroadcastVectorInner1D" => vector_inner(row).map(VectorVertex::BroadcastVectorInner),
        "BroadcastVectorOuter1D" => vector_outer(row).map(VectorVertex::BroadcastVectorOuter),
        "BroadcastScalar1D" => scalar(row).map(VectorVertex::BroadcastScalar),
        _ => return None,
    };
    Some(vertex.and_then(|vertex| tile_cycles(machine, row, &vertex, count)))
}

fn vector_inner(row: &Row<'_>) -> Result<BroadcastVectorInnerVertex, RowError> {
    Ok(BroadcastVectorInnerVertex {
        op: binary_op(row)?,
        element_type: row.element_type("type")?,
        in_place: row.flag("in_place")?,
        slice_length: row.positive("slice_len")?,
        broadcast_factor: row.positive("broadcast_factor")?,
        slices: row.positive("num_slices")?,
    })
}

fn vector_outer(row: &Row<'_>) -> Result<BroadcastVectorOuterVertex, RowError> {
    Ok(BroadcastVectorOuterVertex {
        op: binary_op(row)?,
        element_type: row.element_type("type")?,
        in_place: row.flag("in_place")?,
        by_row: row.flag("by_row")?,
        allow_misaligned: row.flag("allow_misaligned")?,
        rows: row.positive("rows")?,
        columns: row.positive("columns")?,
    })
}

fn scalar(row: &Row<'_>) -> Result<BroadcastScalarVertex, RowError> {
    let op = match row.text("op")? {
        "INV_STD_DEV_TO_VARIANCE" => ScalarOp::InverseStandardDeviationToVariance,
        "VARIANCE_TO_INV_STD_DEV" => ScalarOp::VarianceToInverseStandardDeviation,
        _ => ScalarOp::Binary(binary_op(row)?),
    };
    Ok(BroadcastScalarVertex {
        op,
        element_type: row.element_type("type")?,
        in_place: row.flag("in_place")?,
        elements: row.positive("elements")?,
        regions: 1,
    })
}

fn binary_op(row: &Row<'_>) -> Result<BinaryOp, RowError> {
    match row.text("op")? {
        "ADD" => Ok(BinaryOp::Add),
        "SUBTRACT" => Ok(BinaryOp::Subtract),
        "MULTIPLY" => Ok(BinaryOp::Multiply),
        "DIVIDE" => Ok(BinaryOp::Divide),
        "MAXIMUM" => Ok(BinaryOp::Maximum),
        "MINIMUM" => Ok(BinaryOp::Minimum),
        _ => Err(row.unexpected("op", "the name of a function of two operands")),
    }
}
