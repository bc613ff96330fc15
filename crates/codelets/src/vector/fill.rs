//! Writing one value (`Fill`; PopLibs 7eac0f26, popopsCycleEstimators.cpp).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::FillVertex;

use super::deal::dealt;
use crate::VertexCost;

/// Worker cycles before the first vector and after the last, for a share of `elements`; `None` for bytes.
///
/// One or two halves are merged into a word without a loop.
const fn start(element_type: ElementType, elements: u64) -> Option<u64> {
    match (element_type, elements) {
        (ElementType::F16, 0 | 1) => Some(15),
        (ElementType::F16, 2) => Some(21),
        (ElementType::F16, _) => Some(26),
        (ElementType::F32 | ElementType::I32, _) => Some(23),
        (ElementType::U8, _) => None,
    }
}

/// Vectors stored, one a worker cycle. A float left over is stored as a vector would be; halves left over are in the start.
const fn vectors(machine: &Machine, element_type: ElementType, elements: u64) -> u64 {
    let width = machine.vector_width(element_type);
    match element_type {
        ElementType::F16 => elements / width,
        _ => elements.div_ceil(width),
    }
}

/// Worker cycles of one worker's vertex; `None` for bytes.
pub fn worker_cycles(machine: &Machine, element_type: ElementType, elements: u64) -> Option<u64> {
    start(element_type, elements)?.checked_add(vectors(machine, element_type, elements))
}

/// What a tile pays; `None` for bytes. Integers are stored as floats are.
pub(super) fn cost(machine: &Machine, vertex: &FillVertex) -> Option<VertexCost> {
    let most = vertex.elements.div_ceil(u64::from(machine.workers));
    let start = start(vertex.element_type, most)?;
    Some(VertexCost {
        cycles: dealt(machine, 0, start, vertex.elements, |elements| {
            Some(vectors(machine, vertex.element_type, elements))
        })?,
        macs: 0,
        sram_read_bytes: 0,
        sram_write_bytes: vertex.elements.checked_mul(vertex.element_type.bytes())?,
    })
}
