//! Functions of every element and one scalar per row (`BroadcastVectorOuter1D`; PopLibs 7eac0f26, popopsCycleEstimators.cpp).

use tilesim_machine::Machine;
use tilesim_program::vertex::vector::{BinaryOp, BroadcastVectorOuterVertex};

use super::deal::dealt;
use crate::VertexCost;

/// Worker cycles of a row beyond its vectors: its scalar, the loop, and elements off the alignment where rows may have them.
const fn row_set_up(allow_misaligned: bool) -> u64 {
    if allow_misaligned { 26 } else { 8 }
}

/// Whether there is such a kernel for the function and the type.
pub(super) const fn takes(vertex: &BroadcastVectorOuterVertex) -> bool {
    vertex.element_type.is_floating_point()
        && matches!(vertex.op, BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply)
}

/// What a tile pays, in place or not; `None` for functions and types without such a kernel.
///
/// Supervisor 11 cycles, then every worker 15; a vector takes a load and a store. Workers take whole rows, or each a share of the
/// columns of all rows.
pub(super) fn cost(machine: &Machine, vertex: &BroadcastVectorOuterVertex) -> Option<VertexCost> {
    const SUPERVISOR: u64 = 11;
    const START: u64 = 15;
    if !takes(vertex) {
        return None;
    }
    let workers = u64::from(machine.workers);
    let width = machine.vector_width(vertex.element_type);
    let row = |columns: u64| Some(columns.checked_mul(2)?.div_ceil(width));
    let set_up = row_set_up(vertex.allow_misaligned);
    let cycles = if vertex.by_row {
        let rows = vertex.rows.div_ceil(workers);
        let start = START.checked_add(rows.checked_mul(set_up)?)?;
        dealt(machine, SUPERVISOR, start, vertex.rows, |rows| {
            rows.checked_mul(row(vertex.columns)?)
        })?
    } else {
        let start = START.checked_add(vertex.rows.checked_mul(set_up)?)?;
        dealt(machine, SUPERVISOR, start, vertex.columns, |columns| {
            vertex.rows.checked_mul(row(columns)?)
        })?
    };
    let scalars = vertex.rows.checked_mul(vertex.element_type.bytes())?;
    let bytes = scalars.checked_mul(vertex.columns)?;
    let loads_of_scalars = if vertex.by_row { 1 } else { workers };
    Some(VertexCost {
        cycles,
        macs: 0,
        sram_read_bytes: scalars.checked_mul(loads_of_scalars)?.checked_add(bytes)?,
        sram_write_bytes: bytes,
    })
}
