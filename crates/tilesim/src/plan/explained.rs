//! What is said about one convolution.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use tilesim_codelets::Count;
use tilesim_graph::Convolution;
use tilesim_lower::NetworkConvolution;
use tilesim_machine::Machine;
use tilesim_planner::{
    self, Anatomy, CostPhase, KernelExplanation, MethodKind, NoPlan, Plan, PlanChoice, PlanCost, PlanOptions,
    PlanRequest, Planner, Purpose,
};
use tilesim_terms::ConvolutionPass;

use super::words;
use crate::Error;

/// One convolution, its plan and what else could compute it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExplainedConvolution {
    /// The layers that have it.
    pub layers: Vec<String>,
    /// Its shape in one line.
    pub shape: String,
    /// Products, those with padding counted.
    pub macs: u64,
    /// The plan.
    pub plan: ExplainedPlan,
    /// Temporary bytes that no plan stays below, where the plan needs more than allowed.
    pub least_bytes: Option<u64>,
    /// The next best plan.
    pub runner_up: Option<ExplainedPlan>,
    /// The best plan of every kernel within the allowed memory, the cheapest first.
    pub kernels: Vec<ExplainedKernel>,
    /// Why the plan takes the time that it does, in sentences.
    pub reasons: Vec<String>,
    /// How the three passes of a fully connected layer that is trained are planned: as one, or each alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passes: Option<ExplainedPasses>,
}

/// The three passes of a fully connected layer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExplainedPasses {
    /// Whether they are planned as one: every weight stays on one tile.
    pub joint: bool,
    /// Cycles of the output, the gradient of the input and the gradient of the weights in the best joint plan; absent where none is
    /// within the memory.
    pub joint_cycles: Option<[u64; 3]>,
    /// Cycles of the best plan of each pass alone.
    pub separate_cycles: [u64; 3],
}

/// A kernel family and its best plan.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExplainedKernel {
    /// Name of the kernel family.
    pub kernel: &'static str,
    /// Its best plan.
    pub plan: Option<ExplainedPlan>,
    /// Why it has none.
    pub reason: Option<String>,
}

/// A plan with its cost.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExplainedPlan {
    /// The plan in words.
    pub words: String,
    /// Name of the kernel family.
    pub kernel: &'static str,
    /// Block of channels: conv groups, input channels, output channels.
    pub block: [u64; 3],
    /// Tiles used.
    pub tiles: u64,
    /// Cycles.
    pub cycles: u64,
    /// Cycles of each phase; they add up to `cycles`.
    pub phases: BTreeMap<&'static str, u64>,
    /// The phase that takes the most cycles.
    pub limited_by: &'static str,
    /// Temporary bytes on the fullest tile.
    pub temporary_bytes: u64,
    /// Where the products of the units go.
    pub units: Units,
}

/// Where the products of a tile's units go, per cycle.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Units {
    /// What all units could do.
    pub peak: u64,
    /// What is left after each reason.
    pub ceilings: Vec<Ceiling>,
    /// Useful products while computing, on the tiles used.
    pub computing: f64,
    /// Useful products over all phases, on all tiles.
    pub overall: f64,
    /// Cycles of the kernel in one iteration, by cause.
    pub kernel_cycles: KernelCycles,
}

/// What is left of the units' products after one reason.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Ceiling {
    /// The reason.
    pub reason: String,
    /// Products a cycle that are still useful.
    pub products: f64,
}

/// Cycles of a kernel by cause.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KernelCycles {
    /// Useful products at the units' peak.
    pub useful: u64,
    /// Products with zeros, and slower kernels than the peak.
    pub padding: u64,
    /// Loading weights.
    pub weight_load: u64,
    /// Starting workers, loops and rows.
    pub overhead: u64,
    /// The slowest worker beyond the mean one.
    pub worker_imbalance: u64,
}

impl ExplainedConvolution {
    pub(super) fn new(planner: &Planner, found: &NetworkConvolution) -> Result<Self, Error> {
        let PlanRequest { convolution, options } = &found.request;
        let within = PlanOptions {
            relax_memory: false,
            keep: 2,
            ..options.clone()
        };
        let kernels = tilesim_planner::explain(planner, convolution, &within);
        let describe = |plan: &Plan, cost: &PlanCost| {
            ExplainedPlan::new(planner.machine(), convolution, options, plan, cost)
        };
        let mut ranked = ranked(&kernels, options).into_iter();
        let passes = found
            .joint
            .as_ref()
            .map(|forward| passes(planner, forward, options))
            .transpose()
            .map_err(|reason| no_plan(found, reason))?;
        let jointly = passes.as_ref().and_then(|(_, joint)| joint.as_ref());
        let (chosen, chosen_cost) = if let Some(joint) = jointly {
            (joint.plan.clone(), joint.cost)
        } else if let Some((plan, cost)) = ranked.next() {
            (plan.clone(), *cost)
        } else {
            let planned = planner
                .plan(convolution, options)
                .map_err(|reason| no_plan(found, reason))?;
            (planned.plan, planned.cost)
        };
        let (plan, anatomy) =
            describe(&chosen, &chosen_cost).map_err(|reason| no_plan(found, reason.into()))?;
        let runner_up = ranked
            .next()
            .map(|(plan, cost)| describe(plan, cost).map(|(plan, _)| plan))
            .transpose()
            .map_err(|reason| no_plan(found, reason.into()))?;
        let least_bytes = kernels
            .iter()
            .map(|kernel| match &kernel.best {
                Err(NoPlan::Memory { needed, .. }) => Some(*needed),
                Ok(_) | Err(_) => None,
            })
            .fold(None, |least: Option<u64>, needed| {
                needed.map_or(least, |needed| {
                    Some(least.map_or(needed, |least| least.min(needed)))
                })
            })
            .filter(|_| kernels.iter().all(|kernel| kernel.best.is_err()));
        let passes = passes.map(|(passes, _)| passes);
        let reasons = words::reasons(&chosen, &chosen_cost, &anatomy, options);
        Ok(Self {
            layers: found.layers.clone(),
            shape: shape(convolution),
            macs: convolution.macs(),
            kernels: kernels
                .iter()
                .map(|kernel| match &kernel.best {
                    Ok(best) => ExplainedKernel {
                        kernel: kernel.method.name(),
                        plan: describe(&best.plan, &best.cost).ok().map(|(plan, _)| plan),
                        reason: None,
                    },
                    Err(reason) => ExplainedKernel {
                        kernel: kernel.method.name(),
                        plan: None,
                        reason: Some(why_not(kernel.method, reason, options)),
                    },
                })
                .collect(),
            plan,
            least_bytes,
            runner_up,
            reasons,
            passes,
        })
    }

    /// Why the answer is negative.
    pub(super) fn failure(&self) -> Option<String> {
        let least = self.least_bytes?;
        let first = self.layers.first().map_or("", String::as_str);
        Some(format!(
            "{first}: no plan fits the memory allowed; the least is {least} bytes a tile"
        ))
    }
}

/// How the passes of a fully connected layer are planned, and the plan of the pass that `options` are for where that is joint.
fn passes(
    planner: &Planner,
    forward: &Convolution,
    options: &PlanOptions,
) -> Result<(ExplainedPasses, Option<PlanChoice>), NoPlan> {
    let alone = |pass: ConvolutionPass| planner.plan(&forward.of_pass(pass), &options.of_joint_plan(pass));
    let [first, second, third] = ConvolutionPass::ALL;
    let separate = [alone(first)?, alone(second)?, alone(third)?];
    let joint = planner.plan_jointly(forward, options)?;
    let is_joint = joint
        .as_ref()
        .is_some_and(|joint| joint.is_preferred(separate.each_ref(), options));
    let explained = ExplainedPasses {
        joint: is_joint,
        joint_cycles: joint.as_ref().map(|joint| joint.costs.map(|cost| cost.cycles())),
        separate_cycles: separate.each_ref().map(|planned| planned.cost.cycles()),
    };
    let of_pass = joint.filter(|_| is_joint).and_then(|joint| {
        let mut plans = ConvolutionPass::ALL.into_iter().zip(joint.into_planned());
        plans
            .find(|(pass, _)| Purpose::of_joint_plan(*pass) == options.purpose)
            .map(|(_, planned)| planned)
    });
    Ok((explained, of_pass))
}

/// The two best plans of every kernel, best first.
fn ranked<'a>(kernels: &'a [KernelExplanation], options: &PlanOptions) -> Vec<(&'a Plan, &'a PlanCost)> {
    let mut plans: Vec<(&Plan, &PlanCost)> = kernels
        .iter()
        .filter_map(|kernel| kernel.best.as_ref().ok())
        .flat_map(|best| {
            let others = best.others.iter().map(|other| (&other.plan, &other.cost));
            std::iter::once((&best.plan, &best.cost)).chain(others)
        })
        .collect();
    plans.sort_by_key(|(_, cost)| options.objective.key(cost));
    plans
}

fn no_plan(found: &NetworkConvolution, reason: NoPlan) -> Error {
    if reason == NoPlan::Cancelled {
        return Error::Cancelled;
    }
    Error::Lower(tilesim_lower::LowerError::NoPlan {
        op: found.layers.first().cloned().unwrap_or_default(),
        reason,
    })
}

/// Why a kernel has no plan.
fn why_not(method: MethodKind, reason: &NoPlan, options: &PlanOptions) -> String {
    match reason {
        NoPlan::NoLegalKernel { .. } => format!("needs {}", method.requirement()),
        NoPlan::Memory { allowed, needed } => format!(
            "needs {needed} bytes a tile at least, {} more than the {allowed} allowed ({} of its memory)",
            needed - allowed,
            options.available_memory_proportion,
        ),
        NoPlan::Malformed(error) => error.to_string(),
        NoPlan::Cancelled => reason.to_string(),
    }
}

impl ExplainedPlan {
    fn new(
        machine: &Machine,
        convolution: &Convolution,
        options: &PlanOptions,
        plan: &Plan,
        cost: &PlanCost,
    ) -> Result<(Self, Anatomy), tilesim_planner::PlanError> {
        let anatomy = tilesim_planner::anatomy(machine, convolution, options, plan, Count::Machine)?;
        let cycles = anatomy.kernel_cycles;
        let ceilings = anatomy.fills.iter().zip(anatomy.ceilings());
        let explained = Self {
            words: words::plan(plan),
            kernel: plan.method.kind().name(),
            block: [
                plan.grouping.conv_groups,
                plan.grouping.in_channels,
                plan.grouping.out_channels,
            ],
            tiles: cost.tiles_used,
            cycles: cost.cycles(),
            phases: CostPhase::ALL
                .into_iter()
                .map(|phase| (phase.name(), cost.phase_cycles(phase)))
                .collect(),
            limited_by: cost.limiting_phase().name(),
            temporary_bytes: cost.temporary_bytes(),
            units: Units {
                peak: anatomy.peak_macs_per_cycle,
                ceilings: ceilings
                    .map(|(fill, products)| Ceiling {
                        reason: words::fill(plan, fill),
                        products,
                    })
                    .collect(),
                computing: anatomy.computing_macs_per_cycle,
                overall: anatomy.macs_per_cycle,
                kernel_cycles: KernelCycles {
                    useful: cycles.useful,
                    padding: cycles.padding,
                    weight_load: cycles.weight_load,
                    overhead: cycles.overhead,
                    worker_imbalance: cycles.worker_imbalance,
                },
            },
        };
        Ok((explained, anatomy))
    }
}

/// Such as `batch 1, 96 groups of 16 → 16 channels, 3×3/2, 112×112 → 56×56`.
pub(crate) fn shape(convolution: &Convolution) -> String {
    let by = |sizes: &[u64]| sizes.iter().map(u64::to_string).collect::<Vec<_>>().join("×");
    let channels = match convolution.conv_groups {
        1 => format!(
            "{} → {} channels",
            convolution.in_channels_per_group, convolution.out_channels_per_group
        ),
        groups => format!(
            "{groups} groups of {} → {} channels",
            convolution.in_channels_per_group, convolution.out_channels_per_group
        ),
    };
    let stride = if convolution.stride.iter().all(|&stride| stride == 1) {
        String::new()
    } else {
        format!("/{}", by(&convolution.stride))
    };
    format!(
        "batch {}, {channels}, kernel {}{stride}, field {} → {}",
        convolution.batch,
        by(&convolution.kernel),
        by(&convolution.input),
        by(&convolution.output()),
    )
}
