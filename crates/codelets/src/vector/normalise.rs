//! Inverse standard deviations (`InverseStdDeviation`; PopLibs 7eac0f26, popopsCycleEstimators.cpp).

use tilesim_machine::Machine;
use tilesim_program::vertex::vector::InverseStandardDeviationVertex;

use super::worker::WorkerCycles;
use crate::VertexCost;

/// Channels that one turn of the loop takes, whatever the types.
const CHANNELS_PER_TURN: u64 = 2;

/// Worker cycles for `regions` regions of `elements` channels: start 6, a region 4, two channels 5.
pub fn inverse_standard_deviation_worker(regions: u64, elements: u64) -> Option<WorkerCycles> {
    let turns = regions.checked_mul(elements.div_ceil(CHANNELS_PER_TURN))?;
    Some(WorkerCycles {
        inner: turns.checked_mul(5)?,
        overhead: regions.checked_mul(4)?.checked_add(6)?,
    })
}

/// What a tile pays, whose workers take a region of whole turns each; `None` for integers, and for counts that overflow.
///
/// The vendor's tables only have half means and results with float powers; other types take as long.
pub(super) fn cost(machine: &Machine, vertex: &InverseStandardDeviationVertex) -> Option<VertexCost> {
    let types = [vertex.mean_type, vertex.power_type, vertex.out_type];
    if !types.iter().all(|element_type| element_type.is_floating_point()) {
        return None;
    }
    let share = vertex
        .elements
        .div_ceil(CHANNELS_PER_TURN)
        .div_ceil(u64::from(machine.workers))
        .saturating_mul(CHANNELS_PER_TURN)
        .min(vertex.elements);
    let everything = inverse_standard_deviation_worker(1, vertex.elements)?;
    let mean_bytes = if vertex.stable {
        0
    } else {
        vertex.mean_type.bytes()
    };
    Some(VertexCost {
        cycles: inverse_standard_deviation_worker(1, share)?.of_slowest(machine, everything.inner)?,
        macs: 0,
        sram_read_bytes: vertex
            .elements
            .checked_mul(mean_bytes + vertex.power_type.bytes())?,
        sram_write_bytes: vertex.elements.checked_mul(vertex.out_type.bytes())?,
    })
}
