//! Functions of two operands (`BinaryOp1D`; PopLibs 7eac0f26, popopsCycleEstimators.cpp).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::{BinaryOp, BinaryVertex};

use crate::{VertexCost, VertexCycles};

/// Elements that one turn of the inner loop takes, and its cycles: one row per function.
///
/// Comparisons, which store booleans, take four elements of either type; the power function takes one at a time.
const fn turn(vertex: &BinaryVertex, width: u64) -> (u64, u64) {
    let float = matches!(vertex.element_type, ElementType::F32);
    match vertex.op {
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply => (width, 3),
        BinaryOp::Divide => (width, if float { 10 } else { 21 }),
        BinaryOp::Maximum | BinaryOp::Minimum => (width, if float && !vertex.in_place { 3 } else { 4 }),
        BinaryOp::Equal | BinaryOp::GreaterThan => (4, if float { 14 } else { 9 }),
        BinaryOp::Power => (1, if float { 312 } else { 325 }),
    }
}

/// Bytes that the result of one element takes.
const fn result_bytes(vertex: &BinaryVertex) -> u64 {
    match vertex.op {
        BinaryOp::Equal | BinaryOp::GreaterThan => 1,
        _ => vertex.element_type.bytes(),
    }
}

/// What a tile pays; `None` for data that are neither half nor float.
///
/// Supervisor 11 cycles, then every worker 26 (half), 29 (float) or 58 (in place) and its loop.
pub(super) fn cost(machine: &Machine, vertex: &BinaryVertex) -> Option<VertexCost> {
    let start = match (vertex.element_type, vertex.in_place) {
        (ElementType::U8 | ElementType::I32, _) => return None,
        (_, true) => 58,
        (ElementType::F16, false) => 26,
        (ElementType::F32, false) => 29,
    };
    let workers = u64::from(machine.workers);
    let (elements, cycles) = turn(vertex, machine.vector_width(vertex.element_type));
    let inner = vertex
        .elements
        .div_ceil(workers)
        .div_ceil(elements)
        .checked_mul(cycles)?;
    Some(VertexCost {
        cycles: VertexCycles {
            useful: workers.checked_mul(inner)?,
            overhead: 11 + workers * start,
            ..VertexCycles::default()
        },
        macs: 0,
        sram_read_bytes: vertex.elements.checked_mul(2 * vertex.element_type.bytes())?,
        sram_write_bytes: vertex.elements.checked_mul(result_bytes(vertex))?,
    })
}
