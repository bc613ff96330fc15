//! The best plans so far.

use super::super::options::Objective;
use super::super::plan::Plan;
use super::bounds_cut;
use crate::plan_cost::PlanCost;

/// The best plans within a memory bound, and the least memory that any plan needs.
#[derive(Debug, Clone)]
pub(crate) struct Best {
    objective: Objective,
    keep: usize,
    memory_bound: Option<u64>,
    /// Whether any plan of the least memory will do, whatever cycles it takes.
    only_memory: bool,
    plans: Vec<([u64; 3], Plan, PlanCost)>,
}

impl Best {
    pub(crate) fn new(objective: Objective, keep: usize, memory_bound: Option<u64>) -> Self {
        Self {
            objective,
            keep: keep.max(1),
            memory_bound,
            only_memory: false,
            plans: Vec::new(),
        }
    }

    /// For the least memory that any plan needs, when the plan itself is of no interest.
    pub(crate) fn least_memory() -> Self {
        Self {
            only_memory: true,
            ..Self::new(Objective::Memory, 1, None)
        }
    }

    /// Whether plans of `cycles` or more cannot be among the best.
    pub(crate) fn prunes(&self, cycles: u64) -> bool {
        bounds_cut(self.objective)
            && self.plans.len() >= self.keep
            && self.plans.last().is_some_and(|(key, ..)| cycles > key[0])
    }

    /// Whether plans of `bytes` or more temporary bytes are not wanted.
    pub(crate) fn lacks_memory(&self, bytes: u64) -> bool {
        self.memory_bound.is_some_and(|bound| bytes > bound)
            || (self.objective == Objective::Memory
                && self.plans.len() >= self.keep
                && self
                    .plans
                    .last()
                    .is_some_and(|(key, ..)| bytes > key[0] || (self.only_memory && bytes == key[0])))
    }

    /// Whether plans on `tiles` or more tiles cannot be among the best.
    pub(crate) fn has_fewer_tiles(&self, tiles: u64) -> bool {
        self.objective == Objective::Tiles
            && self.plans.len() >= self.keep
            && self.plans.last().is_some_and(|(key, ..)| tiles > key[0])
    }

    /// Whether the fewest tiles are wanted, not the fewest cycles.
    pub(crate) fn wants_few_tiles(&self) -> bool {
        self.objective == Objective::Tiles
    }

    /// Takes a plan if it is among the best.
    pub(crate) fn offer(&mut self, cost: &PlanCost, plan: impl FnOnce() -> Plan) {
        let bytes = cost.temporary_bytes();
        if self.memory_bound.is_some_and(|bound| bytes > bound) {
            return;
        }
        let key = self.objective.key(cost);
        let full = self.plans.len() >= self.keep;
        if full && self.plans.last().is_some_and(|(worst, ..)| key > *worst) {
            return;
        }
        let entry = (key, plan(), *cost);
        let order = |a: &([u64; 3], Plan, PlanCost)| a.0.cmp(&entry.0).then_with(|| a.1.cmp(&entry.1));
        let Err(position) = self.plans.binary_search_by(order) else {
            return;
        };
        self.plans.insert(position, entry);
        self.plans.truncate(self.keep);
    }

    /// The plans, best first.
    pub(crate) fn into_plans(self) -> Vec<(Plan, PlanCost)> {
        self.plans
            .into_iter()
            .map(|(_, plan, cost)| (plan, cost))
            .collect()
    }
}
