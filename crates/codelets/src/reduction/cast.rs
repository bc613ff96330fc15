//! Casts, as the planner of convolutions charges them.

use tilesim_machine::{ElementType, Machine};

/// Tile cycles to cast `elements` elements (PopLibs `PerformanceEstimation.cpp` `getCastEstimate`).
pub fn cast_cycles(machine: &Machine, from: ElementType, to: ElementType, elements: u64) -> u64 {
    const START: u64 = 26;
    let workers = u64::from(machine.workers);
    let per_worker = elements.div_ceil(workers);
    let loads = per_worker.div_ceil(machine.vector_width(from));
    let stores = per_worker.div_ceil(machine.vector_width(to));
    workers * (START + loads.max(stores))
}
