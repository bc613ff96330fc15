//! Fused non-linearities (`NonLinearity1D`; PopLibs 7eac0f26, lib/popnn/PerformanceEstimation.hpp getNonLinearityOpCycles).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::{NonLinearity, NonLinearityVertex};

use crate::{VertexCost, VertexCycles};

/// Cycles of the function itself, and of one vector in the inner loop: one row per function that has a fused kernel.
const fn function(non_linearity: NonLinearity, float: bool) -> Option<(u64, u64)> {
    match (non_linearity, float) {
        (NonLinearity::Swish, false) => Some((3, 5)),
        (NonLinearity::Swish, true) => Some((6, 11)),
        (NonLinearity::Gelu, false) => Some((5, 5)),
        (NonLinearity::Gelu, true) => Some((10, 10)),
        (NonLinearity::Relu | NonLinearity::Sigmoid | NonLinearity::Tanh, _) => None,
    }
}

/// What a tile pays; `None` for data that are neither half nor float, and for functions without a fused kernel.
///
/// Supervisor 9 cycles; then a worker starts, fills and drains its pipeline over the vectors, and does the one or two left-over
/// elements of the whole operand one by one (half: a pair, then a single one).
pub fn cost(machine: &Machine, vertex: &NonLinearityVertex) -> Option<VertexCost> {
    let float = match vertex.element_type {
        ElementType::U8 | ElementType::I32 => return None,
        ElementType::F16 => false,
        ElementType::F32 => true,
    };
    let workers = u64::from(machine.workers);
    let width = machine.vector_width(vertex.element_type);
    let (function, per_vector) = function(vertex.non_linearity, float)?;
    let vectors = (vertex.elements / width).div_ceil(workers);
    let left_over = vertex.elements % width;
    let pipeline = if vectors == 0 {
        0
    } else {
        2 + function + 1 + function
    };
    let inner = vectors.saturating_sub(1).checked_mul(per_vector)?;
    let singles = if float {
        (left_over % 2) * (2 + function)
    } else {
        (left_over / 2) * (2 + function) + (left_over % 2) * (3 + function)
    };
    let in_place = u64::from(vertex.in_place && vertex.non_linearity == NonLinearity::Swish);
    let start = 20 + in_place + if float { 3 } else { 4 };
    let bytes = vertex.elements.checked_mul(vertex.element_type.bytes())?;
    Some(VertexCost {
        cycles: VertexCycles {
            useful: workers.checked_mul(inner)?,
            overhead: 9 + workers * (start + pipeline + singles),
            ..VertexCycles::default()
        },
        macs: 0,
        sram_read_bytes: bytes,
        sram_write_bytes: bytes,
    })
}
