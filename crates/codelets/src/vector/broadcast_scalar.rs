//! Functions of every element and one scalar (`BroadcastScalar1D`; PopLibs 7eac0f26, popopsCycleEstimators.cpp).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::{BinaryOp, BroadcastScalarVertex, ScalarOp};

use super::deal::dealt;
use crate::VertexCost;

/// Elements that one turn of the inner loop takes, and its cycles; `None` where there is no such kernel: one row per function.
///
/// Without vector instructions of the type, halves go by pairs as floats do.
const fn turn(op: ScalarOp, float: bool, width: u64) -> Option<(u64, u64)> {
    match (op, float) {
        (ScalarOp::Binary(BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply), _) => Some((width, 2)),
        (ScalarOp::Binary(BinaryOp::Maximum | BinaryOp::Minimum), _) => Some((width, 3)),
        (ScalarOp::Binary(BinaryOp::Divide), false) => Some((2, 8)),
        (ScalarOp::Binary(BinaryOp::Divide), true) => Some((2, 6)),
        (ScalarOp::InverseStandardDeviationToVariance, false) => Some((2, 10)),
        (ScalarOp::InverseStandardDeviationToVariance, true) => Some((2, 11)),
        (ScalarOp::VarianceToInverseStandardDeviation, false) => Some((4, 24)),
        (ScalarOp::VarianceToInverseStandardDeviation, true) => Some((2, 12)),
        (ScalarOp::Binary(BinaryOp::Equal | BinaryOp::GreaterThan | BinaryOp::Power), _) => None,
    }
}

/// Whether there is such a kernel for the function and the type, whatever the width of vectors.
pub(super) fn takes(vertex: &BroadcastScalarVertex) -> bool {
    let float = vertex.element_type == ElementType::F32;
    vertex.element_type.is_floating_point() && turn(vertex.op, float, 1).is_some()
}

/// What a tile pays, in place or not; `None` for functions and types without such a kernel.
///
/// Supervisor 11 cycles, then every worker 20 and its loop.
pub(super) fn cost(machine: &Machine, vertex: &BroadcastScalarVertex) -> Option<VertexCost> {
    const SUPERVISOR: u64 = 11;
    const START: u64 = 20;
    if !vertex.element_type.is_floating_point() {
        return None;
    }
    let float = vertex.element_type == ElementType::F32;
    let (elements, cycles) = turn(vertex.op, float, machine.vector_width(vertex.element_type))?;
    let bytes = vertex.elements.checked_mul(vertex.element_type.bytes())?;
    Some(VertexCost {
        cycles: dealt(machine, SUPERVISOR, START, vertex.elements, |share| {
            share.div_ceil(elements).checked_mul(cycles)
        })?,
        macs: 0,
        sram_read_bytes: bytes,
        sram_write_bytes: bytes,
    })
}
