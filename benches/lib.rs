//! Work that benches time, and whose instructions `instructions.sh` counts. Criterion benches live beside this file.

use tilesim_graph::{Graph, fold_batch_norm};
use tilesim_lower::{LowerOptions, PlanSource, lower};
use tilesim_machine::Machine;
use tilesim_models::{ModelSpec, build};
use tilesim_planner::SharedPlans;
use tilesim_sim::{GeometrySource, SharedGeometry, simulate};

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
    /// The graph that is lowered.
    ///
    /// # Panics
    /// Where the bundled network is broken.
    pub fn graph(&self) -> Graph {
        let mut spec = ModelSpec::load("efficientnet-b0-g16").expect("a bundled network");
        let classes = self.classes.to_string();
        spec.set("num_classes", &classes).expect("a number of classes");
        fold_batch_norm(&build(&spec, 1).expect("a graph"))
    }

    /// The chip.
    ///
    /// # Panics
    /// Where the bundled machine is broken.
    pub fn machine(&self) -> Machine {
        Machine {
            tile_memory_bytes: self.tile_memory_bytes,
            exchange_bytes_per_cycle: self.exchange_bytes_per_cycle,
            ..tilesim_machine::load("mk2").expect("a bundled machine").machine
        }
    }
}

/// Runs that share what can be shared.
#[derive(Debug)]
pub struct SharedRuns {
    plans: SharedPlans,
    geometry: SharedGeometry,
}

impl Default for SharedRuns {
    fn default() -> Self {
        Self {
            plans: SharedPlans::new(1024, vec![624 * 1024, 768 * 1024]),
            geometry: SharedGeometry::new(4),
        }
    }
}

impl SharedRuns {
    /// Cycles of a run.
    ///
    /// # Panics
    /// Where it cannot be lowered or simulated.
    pub fn cycles(&self, point: &Point) -> u64 {
        let (graph, machine) = (point.graph(), point.machine());
        let lowered = lower(
            &graph,
            &machine,
            &LowerOptions::default(),
            PlanSource::Shared(&self.plans),
        );
        let program = lowered.expect("a program").program;
        let profile = simulate(&program, &machine, GeometrySource::Shared(&self.geometry));
        profile.expect("a profile").cycles
    }
}
