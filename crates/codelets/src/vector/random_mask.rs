//! Random factors of dropout (no table; lowered in the vendor's random number library).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::RandomMaskVertex;

use super::deal::dealt;
use crate::VertexCost;

/// What a tile pays; `None` for data that are neither half nor float.
///
/// Assumed, from what a worker can issue: it starts as the kernel that fills a region does; a turn makes one data path of factors:
/// draw 64 random bits, compare them with the rate, choose between the two factors, store.
pub(super) fn cost(machine: &Machine, vertex: &RandomMaskVertex) -> Option<VertexCost> {
    const START: u64 = 26;
    const TURN: u64 = 4;
    if !matches!(vertex.element_type, ElementType::F16 | ElementType::F32) {
        return None;
    }
    let width = machine.vector_width(vertex.element_type);
    Some(VertexCost {
        cycles: dealt(machine, 0, START, vertex.elements, |elements| {
            elements.div_ceil(width).checked_mul(TURN)
        })?,
        macs: 0,
        sram_read_bytes: 0,
        sram_write_bytes: vertex.elements.checked_mul(vertex.element_type.bytes())?,
    })
}
