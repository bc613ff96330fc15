//! What runs share.

use tilesim_lower::PlanSource;
use tilesim_planner::SharedPlans;
use tilesim_sim::{GeometrySource, SharedGeometry};

/// Convolutions whose plans are kept: those of about fifty networks, some kilobytes each.
const KEPT_PLANS: usize = 1 << 11;
/// Programs whose steps are kept, some megabytes each.
const KEPT_PROGRAMS: usize = 8;

/// A simulator: it keeps plans of convolutions and geometry of steps, so that a run takes from earlier ones what it has in common with
/// them. Answers do not depend on what it has kept. Threads may share one.
#[derive(Debug)]
pub struct Simulator {
    shared: Option<Shared>,
}

#[derive(Debug)]
struct Shared {
    plans: SharedPlans,
    geometry: SharedGeometry,
}

impl Default for Simulator {
    fn default() -> Self {
        Self::new()
    }
}

impl Simulator {
    /// A simulator for many runs: what it keeps is bounded, some dozens of megabytes.
    pub fn new() -> Self {
        Self::for_tile_memories(Vec::new())
    }

    /// A simulator for many runs on machines whose tiles have `bytes` of memory each: one search for a plan serves most sizes.
    pub fn for_tile_memories(bytes: Vec<u64>) -> Self {
        Self {
            shared: Some(Shared {
                plans: SharedPlans::new(KEPT_PLANS, bytes),
                geometry: SharedGeometry::new(KEPT_PROGRAMS),
            }),
        }
    }

    /// A simulator that keeps nothing: a single run is some per cent faster with it.
    pub const fn forgetful() -> Self {
        Self { shared: None }
    }

    /// Where runs take plans from.
    pub(crate) fn plans(&self) -> PlanSource<'_> {
        match &self.shared {
            Some(shared) => PlanSource::Shared(&shared.plans),
            None => PlanSource::Own,
        }
    }

    /// Where runs take geometry from.
    pub(crate) fn geometry(&self) -> GeometrySource<'_> {
        match &self.shared {
            Some(shared) => GeometrySource::Shared(&shared.geometry),
            None => GeometrySource::Own,
        }
    }
}
