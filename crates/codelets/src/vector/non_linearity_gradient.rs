//! Gradients of non-linearities (`NonLinearityGrad1D`; PopLibs 7eac0f26, lib/popnn/PerformanceEstimation.hpp
//! `getNonLinearityOpGradCycles`).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::{NonLinearity, NonLinearityGradientVertex};

use super::worker::WorkerCycles;
use crate::{VertexCost, VertexCycles};

/// Cycles of a gradient: one row per function and type.
#[derive(Debug, Clone, Copy)]
struct Gradient {
    /// A vector in the inner loop.
    vector: u64,
    /// Two left-over halves.
    pair: u64,
    /// One left-over element.
    single: u64,
}

const fn gradient(non_linearity: NonLinearity, float: bool) -> Gradient {
    let (vector, pair, single) = match (non_linearity, float) {
        (NonLinearity::Swish, false) => (9, 9, 11),
        (NonLinearity::Swish, true) => (15, 0, 11),
        (NonLinearity::Gelu | NonLinearity::GeluTanh, false) => (5, 7, 9),
        (NonLinearity::Gelu | NonLinearity::GeluTanh, true) => (10, 0, 11),
        (NonLinearity::Relu | NonLinearity::Sigmoid | NonLinearity::Tanh, false) => (3, 5, 7),
        (NonLinearity::Relu | NonLinearity::Sigmoid | NonLinearity::Tanh, true) => (3, 0, 4),
    };
    Gradient { vector, pair, single }
}

/// Worker cycles of `vectors` vectors and of `left_over` single elements, without the start.
///
/// Filling and draining the pipeline takes 5 beside the vectors but one.
pub(super) fn run(
    non_linearity: NonLinearity,
    element_type: ElementType,
    vectors: u64,
    left_over: u64,
) -> Option<WorkerCycles> {
    let float = match element_type {
        ElementType::F16 => false,
        ElementType::F32 => true,
        ElementType::U8 | ElementType::I32 => return None,
    };
    let gradient = gradient(non_linearity, float);
    let singles = if float {
        left_over.checked_mul(gradient.single)?
    } else {
        (left_over / 2)
            .checked_mul(gradient.pair)?
            .checked_add(left_over % 2 * gradient.single)?
    };
    Some(WorkerCycles {
        inner: vectors.saturating_sub(1).checked_mul(gradient.vector)?,
        overhead: singles.checked_add(if vectors == 0 { 0 } else { 5 })?,
    })
}

/// What a tile pays; `None` for data that are neither half nor float, and for counts that overflow.
///
/// Supervisor 9 cycles; every worker starts in 26 (half) or 24 (float) and is charged with the left-over elements of the operand.
pub(super) fn cost(machine: &Machine, vertex: &NonLinearityGradientVertex) -> Option<VertexCost> {
    let workers = u64::from(machine.workers);
    let width = machine.vector_width(vertex.element_type);
    let run = run(
        vertex.non_linearity,
        vertex.element_type,
        (vertex.elements / width).div_ceil(workers),
        vertex.elements % width,
    )?;
    let start = if vertex.element_type == ElementType::F32 {
        24
    } else {
        26
    };
    let bytes = vertex.elements.checked_mul(vertex.element_type.bytes())?;
    let cycles = VertexCycles {
        useful: workers.checked_mul(run.inner)?,
        overhead: workers
            .checked_mul(run.overhead.checked_add(start)?)?
            .checked_add(9)?,
        ..VertexCycles::default()
    };
    cycles.useful.checked_add(cycles.overhead)?;
    Some(VertexCost {
        cycles,
        macs: 0,
        sram_read_bytes: bytes.checked_mul(2)?,
        sram_write_bytes: bytes,
    })
}
