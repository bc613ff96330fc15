//! What runs share, and what stops them.

use std::sync::Arc;

use tilesim_lower::{PlanSource, SharedPlacements};
use tilesim_planner::SharedPlans;
use tilesim_sim::{GeometrySource, SharedGeometry};
use tilesim_terms::Cancellation;

/// Convolutions whose plans are kept: those of about fifty networks, some kilobytes each.
const KEPT_PLANS: usize = 1 << 11;
/// Bytes of what is kept of steps.
const KEPT_GEOMETRY_BYTES: usize = 256 << 20;
/// Bytes of what lowering keeps of placements.
const KEPT_PLACEMENT_BYTES: usize = 32 << 20;

/// A simulator: it keeps plans of convolutions, and geometry and costs of steps, so that a run takes from earlier ones what it has in common with
/// them. Answers do not depend on what it has kept. Threads may share one.
///
/// A run can be stopped where its simulator knows by whom:
///
/// ```
/// use tilesim::{Cancellation, Error, Simulation, Simulator};
///
/// let simulator = Simulator::new();
/// let cancellation = Cancellation::new();
/// // From another thread, or a handler of signals.
/// cancellation.ask();
/// let stopped = Simulation::of("resnet50")?.result(&simulator.cancelled_by(&cancellation));
/// assert!(matches!(stopped, Err(Error::Cancelled)));
/// # Ok::<(), tilesim::Error>(())
/// ```
#[derive(Debug)]
pub struct Simulator {
    shared: Option<Arc<Shared>>,
    cancellation: Cancellation,
}

#[derive(Debug)]
struct Shared {
    plans: SharedPlans,
    placements: SharedPlacements,
    geometry: SharedGeometry,
}

impl Default for Simulator {
    fn default() -> Self {
        Self::new()
    }
}

impl Simulator {
    /// A simulator for many runs: what it keeps is bounded, to about 300 megabytes.
    pub fn new() -> Self {
        Self::for_tile_memories(Vec::new())
    }

    /// A simulator for many runs on machines whose tiles have `bytes` of memory each: one search for a plan serves most sizes.
    pub fn for_tile_memories(bytes: Vec<u64>) -> Self {
        Self {
            shared: Some(Arc::new(Shared {
                plans: SharedPlans::new(KEPT_PLANS, bytes),
                placements: SharedPlacements::new(KEPT_PLACEMENT_BYTES),
                geometry: SharedGeometry::new(KEPT_GEOMETRY_BYTES),
            })),
            cancellation: Cancellation::never(),
        }
    }

    /// A simulator that keeps nothing: a single run is some per cent faster with it.
    pub const fn forgetful() -> Self {
        Self {
            shared: None,
            cancellation: Cancellation::never(),
        }
    }

    /// The same simulator, with what it keeps, for work that ends with [`Error::Cancelled`](crate::Error::Cancelled) once `cancellation` is
    /// asked for. What was found until then is kept.
    #[must_use]
    pub fn cancelled_by(&self, cancellation: &Cancellation) -> Self {
        Self {
            shared: self.shared.clone(),
            cancellation: cancellation.clone(),
        }
    }

    /// By what its work is stopped.
    pub(crate) const fn cancellation(&self) -> &Cancellation {
        &self.cancellation
    }

    /// Where runs take plans from.
    pub(crate) fn plans(&self) -> PlanSource<'_> {
        match &self.shared {
            Some(shared) => PlanSource::Shared(&shared.plans, &shared.placements),
            None => PlanSource::Own,
        }
    }

    /// What is kept of placements, where it is.
    pub(crate) fn placements(&self) -> Option<&SharedPlacements> {
        self.shared.as_ref().map(|shared| &shared.placements)
    }

    /// Where runs take geometry from.
    pub(crate) fn geometry(&self) -> GeometrySource<'_> {
        match &self.shared {
            Some(shared) => GeometrySource::Shared(&shared.geometry),
            None => GeometrySource::Own,
        }
    }
}
