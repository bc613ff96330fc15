//! Work that benches time, and whose instructions `instructions.sh` counts. Criterion benches live beside this file.

use tilesim::{Simulation, Simulator};

/// A run of EfficientNet-B0 in groups of 16 on one chip.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// Bytes that a tile has.
    pub tile_memory_bytes: u64,
    /// Bytes that a tile receives in a cycle.
    pub exchange_bytes_per_cycle: u32,
    /// Outputs of the last layer.
    pub classes: u64,
}

impl Default for Point {
    fn default() -> Self {
        Self {
            tile_memory_bytes: 624 * 1024,
            exchange_bytes_per_cycle: 4,
            classes: 1000,
        }
    }
}

impl Point {
    /// The run.
    ///
    /// # Panics
    /// Where what is bundled is broken.
    pub fn simulation(&self) -> Simulation {
        Simulation::of("efficientnet-b0-g16")
            .and_then(|run| run.set("num_classes", self.classes))
            .and_then(|run| run.set("machine.tile_memory_bytes", self.tile_memory_bytes))
            .and_then(|run| run.set("machine.exchange_bytes_per_cycle", self.exchange_bytes_per_cycle))
            .expect("a bundled network and a bundled machine")
    }

    /// Cycles of the run.
    ///
    /// # Panics
    /// Where it cannot be lowered or simulated.
    pub fn cycles(&self, simulator: &Simulator) -> u64 {
        self.simulation().profile(simulator).expect("a profile").cycles
    }
}

/// A simulator for all sizes of tile memory that points have here.
pub fn simulator() -> Simulator {
    Simulator::for_tile_memories(vec![624 * 1024, 768 * 1024])
}
