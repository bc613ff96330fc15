//! Why the planner chose what it chose: the best plan of every kernel, and what limits it.

use tilesim_graph::Convolution;

use super::cost::CostPhase;
use super::error::NoPlan;
use super::options::PlanOptions;
use super::plan::MethodKind;
use super::planning::{PlanChoice, Planner};

/// The best plan of one kernel family.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelExplanation {
    /// Kernel family.
    pub method: MethodKind,
    /// Its best plan, or why it has none.
    pub best: Result<PlanChoice, NoPlan>,
}

impl KernelExplanation {
    /// The phase that takes the most cycles of the best plan.
    pub fn limiting_phase(&self) -> Option<CostPhase> {
        self.best
            .as_ref()
            .ok()
            .map(|planned| planned.cost.limiting_phase())
    }
}

/// The best plan of every kernel that `options` allows, cheapest first; kernels without a plan come last.
pub fn explain(
    planner: &Planner,
    convolution: &Convolution,
    options: &PlanOptions,
) -> Vec<KernelExplanation> {
    let mut kernels: Vec<_> = options
        .methods
        .iter()
        .map(|&method| {
            let alone = PlanOptions {
                methods: vec![method],
                ..options.clone()
            };
            KernelExplanation {
                method,
                best: planner.plan(convolution, &alone),
            }
        })
        .collect();
    kernels.sort_by_key(|kernel| {
        let cycles = kernel
            .best
            .as_ref()
            .map_or(u64::MAX, |planned| planned.cost.cycles());
        (cycles, kernel.method)
    });
    kernels
}
