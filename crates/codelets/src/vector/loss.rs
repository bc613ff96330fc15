//! Cross entropy and its gradient (`LossCrossEntropyTransform`; PopLibs 7eac0f26, lib/popnn/PerformanceEstimation.hpp
//! `getLossTransformCycles`).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::CrossEntropyVertex;

use super::worker::WorkerCycles;
use crate::VertexCost;

/// Elements that one turn of the loop takes: logarithms come two halves or one float at a time.
const fn elements_per_turn(element_type: ElementType) -> Option<u64> {
    match element_type {
        ElementType::F16 => Some(2),
        ElementType::F32 => Some(1),
        ElementType::U8 | ElementType::I32 => None,
    }
}

/// Worker cycles for `elements` elements: start 23 (half) or 20 (float), a turn 9, and 2 more for a half left alone.
pub fn cross_entropy_worker(element_type: ElementType, elements: u64) -> Option<WorkerCycles> {
    let per_turn = elements_per_turn(element_type)?;
    let start = if per_turn == 1 { 20 } else { 23 };
    Some(WorkerCycles {
        inner: elements.div_ceil(per_turn).checked_mul(9)?,
        overhead: start + 2 * (elements % per_turn),
    })
}

/// What a tile pays, whose workers share whole turns; `None` for data that are neither half nor float, or counts that overflow.
///
/// A half left alone falls to a worker with the most turns.
pub(super) fn cost(machine: &Machine, vertex: &CrossEntropyVertex) -> Option<VertexCost> {
    let per_turn = elements_per_turn(vertex.element_type)?;
    let turns = vertex
        .elements
        .div_ceil(per_turn)
        .div_ceil(u64::from(machine.workers));
    let alone = vertex.elements % per_turn;
    let share = turns.checked_mul(per_turn)?.saturating_sub(alone);
    let everything = cross_entropy_worker(vertex.element_type, vertex.elements)?;
    let bytes = vertex.elements.checked_mul(vertex.element_type.bytes())?;
    Some(VertexCost {
        cycles: cross_entropy_worker(vertex.element_type, share)?.of_slowest(machine, everything.inner)?,
        macs: 0,
        // Probabilities and expected labels in; losses and gradients out.
        sram_read_bytes: bytes.checked_mul(2)?,
        sram_write_bytes: bytes.checked_mul(2)?,
    })
}
