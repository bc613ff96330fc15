//! Fused non-linearities (`NonLinearity1D`; PopLibs 7eac0f26, lib/popnn/PerformanceEstimation.hpp getNonLinearityOpCycles).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::{NonLinearity, NonLinearityVertex};

use super::worker::WorkerCycles;
use crate::{VertexCost, VertexCycles};

/// GELU by either definition is one kernel, which takes the hyperbolic tangent.
///
/// Cycles of the function itself, and of one vector in the inner loop: one row per function that has a fused kernel.
const fn function(non_linearity: NonLinearity, float: bool) -> Option<(u64, u64)> {
    match (non_linearity, float) {
        (NonLinearity::Swish, false) => Some((3, 5)),
        (NonLinearity::Swish, true) => Some((6, 11)),
        (NonLinearity::Gelu | NonLinearity::GeluTanh, false) => Some((5, 5)),
        (NonLinearity::Gelu | NonLinearity::GeluTanh, true) => Some((10, 10)),
        (NonLinearity::Relu | NonLinearity::Sigmoid | NonLinearity::Tanh, _) => None,
    }
}

/// Worker cycles of `vectors` vectors and of `left_over` single elements, without the start.
///
/// Fills and drains the pipeline over the vectors, and does left-over elements one by one (half: a pair, then a single one).
pub(super) fn run(
    non_linearity: NonLinearity,
    element_type: ElementType,
    vectors: u64,
    left_over: u64,
) -> Option<WorkerCycles> {
    let float = match element_type {
        ElementType::U8 | ElementType::I32 => return None,
        ElementType::F16 => false,
        ElementType::F32 => true,
    };
    let (function, per_vector) = function(non_linearity, float)?;
    let pipeline = if vectors == 0 {
        0
    } else {
        2 + function + 1 + function
    };
    let singles = if float {
        left_over.checked_mul(2 + function)?
    } else {
        (left_over / 2)
            .checked_mul(2 + function)?
            .checked_add(left_over % 2 * (3 + function))?
    };
    Some(WorkerCycles {
        inner: vectors.saturating_sub(1).checked_mul(per_vector)?,
        overhead: singles.checked_add(pipeline)?,
    })
}

/// Whether the function has a fused kernel for these elements.
pub(super) fn takes(vertex: &NonLinearityVertex) -> bool {
    let float = vertex.element_type == ElementType::F32;
    vertex.element_type.is_floating_point() && function(vertex.non_linearity, float).is_some()
}

/// What a tile pays; `None` for data that are neither half nor float, for functions without a fused kernel, and for counts that
/// overflow.
///
/// Supervisor 9 cycles; every worker starts in 23 (float) or 24 (half) and is charged with the left-over elements of the operand.
pub(super) fn cost(machine: &Machine, vertex: &NonLinearityVertex) -> Option<VertexCost> {
    let workers = u64::from(machine.workers);
    let width = machine.vector_width(vertex.element_type);
    let run = run(
        vertex.non_linearity,
        vertex.element_type,
        (vertex.elements / width).div_ceil(workers),
        vertex.elements % width,
    )?;
    let in_place = u64::from(vertex.in_place && vertex.non_linearity == NonLinearity::Swish);
    let start = 20
        + in_place
        + if vertex.element_type == ElementType::F32 {
            3
        } else {
            4
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
        sram_read_bytes: bytes,
        sram_write_bytes: bytes,
    })
}
