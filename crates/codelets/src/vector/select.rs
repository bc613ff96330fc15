//! Choices between two operands (`Select`; PopLibs 7eac0f26, popopsCycleEstimators.cpp).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::SelectVertex;

use super::deal::dealt;
use crate::VertexCost;

/// Worker cycles before the first region and after the last.
const START: u64 = 5;
/// Worker cycles of a region beyond its elements.
const REGION: u64 = 6;
/// Worker cycles of an element: its condition, a branch, and the load and store of what is chosen.
const ELEMENT: u64 = 5;

/// Worker cycles of one worker's vertex over `regions` regions of `elements` each; `None` for bytes.
pub fn worker_cycles(element_type: ElementType, regions: u64, elements: u64) -> Option<u64> {
    if element_type == ElementType::U8 {
        return None;
    }
    elements
        .checked_mul(ELEMENT)?
        .checked_add(REGION)?
        .checked_mul(regions)?
        .checked_add(START)
}

/// What a tile pays, each worker taking one region; `None` for bytes.
pub(super) fn cost(machine: &Machine, vertex: &SelectVertex) -> Option<VertexCost> {
    let start = worker_cycles(vertex.element_type, 1, 0)?;
    let bytes = vertex.elements.checked_mul(vertex.element_type.bytes())?;
    Some(VertexCost {
        cycles: dealt(machine, 0, start, vertex.elements, |elements| {
            elements.checked_mul(ELEMENT)
        })?,
        macs: 0,
        // The chosen element and its condition, a byte.
        sram_read_bytes: bytes.checked_add(vertex.elements)?,
        sram_write_bytes: bytes,
    })
}
