//! From a convolution to its best plans.

use std::iter;

use tilesim_codelets::Count;
use tilesim_graph::Convolution;
use tilesim_machine::Machine;
use tilesim_terms::Cancellation;

use super::candidates;
use super::cost;
use super::error::{NoPlan, PlanError};
use super::options::{Objective, PlanOptions};
use super::plan::{Partition, Plan};
use super::search::{Best, Choice, KernelRates, Search, Slices, choices};
use super::setting::Terms;
use super::shape::Shape;
use crate::plan_cost::PlanCost;

/// A plan with its cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RankedPlan {
    /// The plan.
    pub plan: Plan,
    /// Its cost.
    pub cost: PlanCost,
}

/// The answer of the planner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanChoice {
    /// The best plan.
    pub plan: Plan,
    /// Its cost.
    pub cost: PlanCost,
    /// The next best plans, best first: as many as [`PlanOptions::keep`] asks for beyond the first.
    pub others: Vec<RankedPlan>,
    /// Temporary bytes a tile under which it was found; `None` where the bound had to be dropped.
    pub memory_bound: Option<u64>,
}

/// A rewriting of a convolution with a kernel that takes the result, to be split over tiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsplitPlan {
    /// The plan for one tile.
    pub plan: Plan,
    /// The most parts of each axis; more would be empty. Parallel and serial ones multiply.
    pub finest: Partition,
}

/// Every way in which one tile can compute `convolution`: each rewriting of it with each kernel that takes the result, not yet split.
///
/// # Errors
/// When the convolution is not valid.
pub fn unsplit(
    machine: &Machine,
    convolution: &Convolution,
    options: &PlanOptions,
) -> Result<Vec<UnsplitPlan>, PlanError> {
    let shape = Shape::new(convolution)?;
    let transforms = candidates::transforms(&shape, options);
    let terms = Terms {
        machine,
        options,
        count: Count::Machine,
    };
    let choices = choices(terms, &shape, &transforms)?;
    Ok(choices.iter().map(Choice::unsplit).collect())
}

/// Plans convolutions on one machine. What it learns of the machine's kernels serves all of them: it shortens the search, and
/// changes no plan.
#[derive(Debug)]
pub struct Planner {
    pub(super) machine: Machine,
    pub(super) count: Count,
    pub(super) rates: KernelRates,
    pub(super) cancellation: Cancellation,
}

impl Planner {
    /// A planner for `machine`; `count` says whose cycles the kernels take.
    pub fn new(machine: Machine, count: Count) -> Self {
        Self {
            machine,
            count,
            rates: KernelRates::default(),
            cancellation: Cancellation::never(),
        }
    }

    /// A planner whose searches end with [`NoPlan::Cancelled`] once that is asked for.
    #[must_use]
    pub fn cancelled_by(mut self, cancellation: Cancellation) -> Self {
        self.cancellation = cancellation;
        self
    }

    /// The machine.
    pub const fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The best plan for `convolution`: that of [`plan`].
    ///
    /// # Errors
    /// As [`plan`].
    pub fn plan(&self, convolution: &Convolution, options: &PlanOptions) -> Result<PlanChoice, NoPlan> {
        plan_from(
            &self.machine,
            convolution,
            options,
            self.count,
            &self.rates,
            &mut None,
            &self.cancellation,
        )
    }
}

/// The best plan for `convolution`: exact over all rewritings, kernels, channel groupings and splits.
///
/// The memory bound relaxes as the vendor's does (PopLibs `ConvPlan.cpp` `createPlan`): it is doubled while it is below twice the
/// tile's memory, and then dropped. A proportion of 0 asks for the least memory.
///
/// # Errors
/// When no allowed kernel can compute the convolution, or none within the memory where that must not be exceeded.
pub fn plan(
    machine: &Machine,
    convolution: &Convolution,
    options: &PlanOptions,
    count: Count,
) -> Result<PlanChoice, NoPlan> {
    plan_from(
        machine,
        convolution,
        options,
        count,
        &KernelRates::default(),
        &mut None,
        &Cancellation::never(),
    )
}

/// As [`plan`], with what is known before: `rates` of kernels on machines that compute alike, and a plan that was found for the same
/// convolution under the same options on a machine that differs in its exchange or memory alone. Both shorten the search, and change
/// no plan.
pub(super) fn plan_from(
    machine: &Machine,
    convolution: &Convolution,
    options: &PlanOptions,
    count: Count,
    rates: &KernelRates,
    known: &mut Option<Plan>,
    cancellation: &Cancellation,
) -> Result<PlanChoice, NoPlan> {
    let shape = Shape::new(convolution)?;
    let transforms = candidates::transforms(&shape, options);
    let terms = Terms {
        machine,
        options,
        count,
    };
    let choices = choices(terms, &shape, &transforms)?;
    let known_cost = known
        .as_ref()
        .and_then(|plan| Some((plan, cost(machine, convolution, options, plan, count).ok()?)));
    let search = |mut best: Best| {
        if let Some((plan, cost)) = &known_cost {
            best.offer(cost, || (*plan).clone());
        }
        // Loops last: most are worse than the best plan without, which is found sooner.
        let loops = options.serial_splits.then_some(Slices::Looped);
        for slices in iter::once(Slices::Whole).chain(loops) {
            for choice in &choices {
                if cancellation.is_asked() || best.prunes(choice.least_cycles) {
                    break;
                }
                Search::run(choice, slices, rates, &mut best);
            }
        }
        best
    };

    let tile_memory = machine.tile_memory_bytes;
    let allowed = options.allowed_bytes(tile_memory);
    let mut bound = Some(allowed);
    let mut objective = options.objective;
    if allowed == 0 {
        bound = None;
        objective = Objective::Memory;
    }
    loop {
        let best = search(Best::new(objective, options.keep, bound));
        if cancellation.is_asked() {
            return Err(NoPlan::Cancelled);
        }
        if let Some(planned) = planned(best, bound) {
            *known = Some(planned.plan.clone());
            return Ok(planned);
        }
        bound = match bound {
            None => return Err(no_legal_kernel(options, convolution)),
            Some(_) if !options.relax_memory => {
                return Err(match planned(search(Best::least_memory()), None) {
                    Some(least) => NoPlan::Memory {
                        allowed,
                        needed: least.cost.temporary_bytes(),
                    },
                    None => no_legal_kernel(options, convolution),
                });
            }
            Some(bytes) if bytes < 2 * tile_memory => Some(bytes * 2),
            Some(_) => None,
        };
    }
}

fn planned(best: Best, memory_bound: Option<u64>) -> Option<PlanChoice> {
    let mut plans = best.into_plans().into_iter();
    let (plan, cost) = plans.next()?;
    let others = plans.map(|(plan, cost)| RankedPlan { plan, cost }).collect();
    Some(PlanChoice {
        plan,
        cost,
        others,
        memory_bound,
    })
}

fn no_legal_kernel(options: &PlanOptions, convolution: &Convolution) -> NoPlan {
    NoPlan::NoLegalKernel {
        allowed: options.methods.clone(),
        convolution: describe(convolution),
    }
}

/// A convolution in one line.
fn describe(convolution: &Convolution) -> String {
    let sizes = |sizes: &[u64]| sizes.iter().map(u64::to_string).collect::<Vec<_>>().join("×");
    format!(
        "batch {}, {} groups of {} → {} channels, input {}, kernel {}, stride {}",
        convolution.batch,
        convolution.conv_groups,
        convolution.in_channels_per_group,
        convolution.out_channels_per_group,
        sizes(&convolution.input),
        sizes(&convolution.kernel),
        sizes(&convolution.stride),
    )
}
