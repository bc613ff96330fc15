//! Plans of a whole network, chosen by what it costs with them as lowered.
//!
//! The planner's objective is the vendor's, which takes operands to lie where a plan wants them. Here the best few plans of every
//! convolution are tried in their place in the network, and what the network takes with them is simulated.

mod candidates;
mod rollout;

use tilesim_graph::Graph;
use tilesim_lower::{
    GraphPlans, HostTensors, LowerOptions, LoweredProgram, SharedPlacements, computing_part, graph_plans,
    lower_as_planned,
};
use tilesim_machine::Machine;
use tilesim_sim::{GeometrySource, Profile, SharedGeometry, simulate_until};
use tilesim_terms::Cancellation;

use self::{candidates::Candidates, rollout::Rollout};
use crate::{Error, Simulator};

/// Plans of every convolution that are kept of a machine: the best by the vendor's objective.
const KEPT_PLANS: usize = 6;

/// A graph to be planned as a whole, and for what.
pub(crate) struct WholeNetwork<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) chip: &'a Machine,
    pub(crate) options: &'a LowerOptions,
    pub(crate) simulator: &'a Simulator,
}

/// Where the costs of trials are kept.
#[derive(Clone, Copy)]
struct Kept<'a> {
    placements: &'a SharedPlacements,
    geometry: GeometrySource<'a>,
}

impl WholeNetwork<'_> {
    /// Plans that suit one another, and the program with them.
    ///
    /// It takes no more cycles than with the vendor's plans, and fits where that does: where the plans found are worse in that, first those
    /// are left out that want more temporary memory than the vendor's, and then the vendor's are taken.
    ///
    /// # Errors
    /// Where the graph cannot be lowered with the vendor's plans, or that program not be simulated.
    pub(crate) fn best(&self) -> Result<(GraphPlans, LoweredProgram), Error> {
        let own;
        let kept =
            if let (Some(placements), geometry) = (self.simulator.placements(), self.simulator.geometry()) {
                Kept { placements, geometry }
            } else {
                own = (SharedPlacements::new(1 << 24), SharedGeometry::new(1 << 26));
                Kept {
                    placements: &own.0,
                    geometry: GeometrySource::Shared(&own.1),
                }
            };
        let vendor = self.plans(self.chip, self.options)?;
        let usual = self.program(&vendor, kept)?;
        let usual_profile = self.profile(&usual, kept)?;
        let mut candidates = Candidates::of(self, &vendor)?;
        let host = HostTensors::of(self.graph);
        let machine = computing_part(self.chip, self.options.host)?;
        for _ in 0..2 {
            let rollout = Rollout {
                graph: self.graph,
                machine: &machine,
                options: self.options,
                host: &host,
                placements: kept.placements,
                geometry: kept.geometry,
                cancellation: self.cancellation(),
            };
            let plans = rollout.best(vendor.clone(), &candidates)?;
            let program = self.program(&plans, kept)?;
            let profile = self.profile(&program, kept)?;
            if is_no_worse(&profile, &usual_profile) {
                return Ok((plans, program));
            }
            candidates = candidates.of_no_more_memory(&vendor);
        }
        Ok((vendor, usual))
    }

    fn cancellation(&self) -> &Cancellation {
        self.simulator.cancellation()
    }

    /// The plans of the planner for this chip or another.
    fn plans(&self, chip: &Machine, options: &LowerOptions) -> Result<GraphPlans, Error> {
        let source = self.simulator.plans();
        let mut plans = graph_plans(self.graph, chip, options, source, self.cancellation())?;
        // With another memory, other candidates are allowed.
        plans.tile_memory = self.chip.tile_memory_bytes..=self.chip.tile_memory_bytes;
        Ok(plans)
    }

    fn program(&self, plans: &GraphPlans, kept: Kept<'_>) -> Result<LoweredProgram, Error> {
        let host = HostTensors::of(self.graph);
        Ok(lower_as_planned(
            self.graph,
            self.chip,
            self.options,
            plans,
            kept.placements,
            &host,
            self.cancellation(),
        )?)
    }

    fn profile(&self, lowered: &LoweredProgram, kept: Kept<'_>) -> Result<Profile, Error> {
        Ok(simulate_until(
            &lowered.program,
            self.chip,
            kept.geometry,
            self.cancellation(),
        )?)
    }
}

/// Whether a run fits where `usual` does, and takes no more cycles.
fn is_no_worse(profile: &Profile, usual: &Profile) -> bool {
    let fits = |profile: &Profile| profile.memory.peak_bytes <= profile.memory.tile_bytes;
    (fits(profile) || !fits(usual)) && profile.cycles <= usual.cycles
}
