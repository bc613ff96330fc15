//! Clearing partial sums before they are accumulated into.

use tilesim_machine::{ElementType, Machine};

use crate::Count;

/// Tile cycles to clear `blocks` blocks of `elements` partial sums each (PopLibs `PerformanceEstimation.hpp`
/// `estimateZeroSupervisorCycles`).
///
/// The vendor's planner takes them for floats whatever they are.
pub fn zero_partials_cycles(
    machine: &Machine,
    partials_type: ElementType,
    elements: u64,
    blocks: u64,
    count: Count,
) -> u64 {
    const START: u64 = 5;
    let stored = match count {
        Count::Vendor => ElementType::F32,
        Count::Machine => partials_type,
    };
    let workers = u64::from(machine.workers);
    let vectors = elements.div_ceil(workers).div_ceil(machine.vector_width(stored));
    blocks * workers * (vectors + START)
}
