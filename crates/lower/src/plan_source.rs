//! Where the plans of a run come from.

use tilesim_planner::{Plan, PlanRequest, SharedPlans};

use crate::SharedPlacements;

/// Where the plans of a run come from. Programs of own and of shared plans are the same.
#[derive(Clone, Copy)]
pub enum PlanSource<'a> {
    /// The run searches for all of them itself.
    Own,
    /// What other runs have found, and will; and what they know of placements.
    Shared(&'a SharedPlans, &'a SharedPlacements),
    /// The caller chooses; where it gives none, the run searches.
    Given(&'a (dyn Fn(&PlanRequest) -> Option<Plan> + Sync)),
}
