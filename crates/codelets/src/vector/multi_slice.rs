//! Gathers of rows at offsets known at run time (no table; PopLibs 7eac0f26, lib/popops/PerformanceEstimation.cpp
//! getMultiSliceCycleEstimate).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::vector::MultiSliceVertex;

use super::deal::dealt;
use crate::{Count, VertexCost};

/// Bytes of an offset.
const OFFSET_BYTES: u64 = 4;

/// What a tile pays; `None` for bytes. Integers move as floats do.
///
/// A worker starts in 30 cycles, finds a row in 19 and moves two elements of either type in two. The vendor charges one worker
/// with all rows; offsets do not depend on one another, so the machine deals them over its workers.
pub(super) fn cost(machine: &Machine, vertex: &MultiSliceVertex, count: Count) -> Option<VertexCost> {
    const START: u64 = 30;
    const ROW: u64 = 19;
    if vertex.element_type == ElementType::U8 {
        return None;
    }
    let moves = vertex.row_elements.div_ceil(2).checked_mul(2)?;
    let rows = match count {
        Count::Vendor => vertex.offsets,
        Count::Machine => vertex.offsets.div_ceil(u64::from(machine.workers)),
    };
    let start = START.checked_add(rows.checked_mul(ROW)?)?;
    let all_by_each = match count {
        Count::Vendor => u64::from(machine.workers),
        Count::Machine => 1,
    };
    let bytes = vertex
        .row_elements
        .checked_mul(vertex.offsets)?
        .checked_mul(vertex.element_type.bytes())?;
    let dealt_rows = vertex.offsets.checked_mul(all_by_each)?;
    Some(VertexCost {
        cycles: dealt(machine, 0, start, dealt_rows, |rows| rows.checked_mul(moves))?,
        macs: 0,
        sram_read_bytes: vertex.offsets.checked_mul(OFFSET_BYTES)?.checked_add(bytes)?,
        sram_write_bytes: bytes,
    })
}
