//! Slices at an offset known at run time (`DynamicSlice1D`; PopLibs 7eac0f26, popopsCycleEstimators.cpp).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::DynamicSliceVertex;

use super::deal::dealt;
use crate::{Count, VertexCost};

/// What a tile pays; `None` for bytes. Integers move as floats do.
///
/// Supervisor 25 cycles, then every worker 39, and 24 per slice to find it; a vector of the slice takes a load and a store.
/// The vendor's count leaves elements beyond the last whole vector of a worker's share out.
pub(super) fn cost(machine: &Machine, vertex: &DynamicSliceVertex, count: Count) -> Option<VertexCost> {
    const SUPERVISOR: u64 = 25;
    const START: u64 = 39;
    const SLICE: u64 = 24;
    const VECTOR: u64 = 2;
    if vertex.element_type == ElementType::U8 {
        return None;
    }
    let width = machine.vector_width(vertex.element_type);
    let start = START.checked_add(vertex.sub_elements.checked_mul(SLICE)?)?;
    let bytes = vertex
        .region_elements
        .checked_mul(vertex.sub_elements)?
        .checked_mul(vertex.element_type.bytes())?;
    Some(VertexCost {
        cycles: dealt(machine, SUPERVISOR, start, vertex.region_elements, |elements| {
            let vectors = match count {
                Count::Vendor => elements / width,
                Count::Machine => elements.div_ceil(width),
            };
            vectors.checked_mul(VECTOR)?.checked_mul(vertex.sub_elements)
        })?,
        macs: 0,
        sram_read_bytes: bytes,
        sram_write_bytes: bytes,
    })
}
