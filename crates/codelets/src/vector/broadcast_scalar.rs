//! Functions of every element and a scalar (`BroadcastScalar1D`, `BroadcastScalar2D`; PopLibs 7eac0f26,
//! popopsCycleEstimators.cpp).

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

/// Regions up to which each is a vertex of its own, and the fewest elements of such a region (PopLibs popops, `ElementWise.cpp`).
const MOST_VERTICES: u64 = 5;
const FEWEST_ELEMENTS: u64 = 12;

/// What a tile pays, in place or not; `None` for functions and types without such a kernel.
///
/// Supervisor 11 cycles, then every worker 20 and its loop, region by region. Of many or short regions each worker takes its share in
/// one vertex: 4 cycles a region, and three a turn more.
pub(super) fn cost(machine: &Machine, vertex: &BroadcastScalarVertex) -> Option<VertexCost> {
    const SUPERVISOR: u64 = 11;
    const START: u64 = 20;
    const REGION: u64 = 4;
    const TURN: u64 = 3;
    if !vertex.element_type.is_floating_point() {
        return None;
    }
    let float = vertex.element_type == ElementType::F32;
    let (elements, cycles) = turn(vertex.op, float, machine.vector_width(vertex.element_type))?;
    let bytes = vertex.elements.checked_mul(vertex.element_type.bytes())?;
    let regions = vertex.regions.max(1);
    let own = vertex.elements.div_ceil(regions);
    let cycles = if regions == 1 || (regions <= MOST_VERTICES && own >= FEWEST_ELEMENTS) {
        let region = dealt(machine, SUPERVISOR, START, own, |share| {
            share.div_ceil(elements).checked_mul(cycles)
        })?;
        region.total().checked_mul(regions)?;
        (1..regions).fold(region, |all, _| all + region)
    } else {
        let start = regions
            .div_ceil(u64::from(machine.workers))
            .checked_mul(REGION)?
            .checked_add(START)?;
        dealt(machine, 0, start, vertex.elements, |share| {
            share.div_ceil(elements).checked_mul(cycles + TURN)
        })?
    };
    Some(VertexCost {
        cycles,
        macs: 0,
        sram_read_bytes: bytes,
        sram_write_bytes: bytes,
    })
}
