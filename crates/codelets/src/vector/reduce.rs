//! Reductions over dimensions (`Reduce`; PopLibs 7eac0f26, lib/popops/reduction/CycleEstimationFunctions.cpp).
//!
//! Four kernels of one worker each, chosen by how the partials lie; [`tile`] deals a tile's share over its workers.

mod contiguous;
mod general;
mod strided;
mod tile;

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::ReduceOp;

pub use contiguous::{ContiguousReduce, ScalarReduce};
pub use general::GeneralReduce;
pub use strided::StridedReduce;
pub(super) use tile::cost;

/// Whether elements are float rather than half; no reduction takes other types.
const fn is_float(element_type: ElementType) -> Option<bool> {
    match element_type {
        ElementType::F16 => Some(false),
        ElementType::F32 => Some(true),
        ElementType::U8 | ElementType::I32 => None,
    }
}

/// Elements that a worker accumulates at once: sums go to accumulators two data paths wide, the largest is kept in registers.
const fn accumulated_elements(machine: &Machine, op: ReduceOp, partials: ElementType) -> u64 {
    match op {
        ReduceOp::Add | ReduceOp::SquareAdd => 2 * machine.vector_width(partials),
        ReduceOp::Maximum => machine.vector_width(partials),
    }
}
