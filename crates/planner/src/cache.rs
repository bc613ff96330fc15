//! Plans that are kept: equal convolutions are planned once, different ones at the same time.

use std::collections::BTreeMap;

use rayon::prelude::*;
use tilesim_codelets::Count;
use tilesim_graph::Convolution;
use tilesim_machine::{ElementType, Machine};
use tilesim_terms::Cancellation;

use super::error::{NoPlan, PlanError};
use super::joint::JointPlanChoice;
use super::options::{Objective, PlanOptions, TransformScope};
use super::plan::MethodKind;
use super::planning::{PlanChoice, Planner};
use super::purpose::Purpose;

/// One convolution to plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanRequest {
    /// The convolution.
    pub convolution: Convolution,
    /// How to plan it.
    pub options: PlanOptions,
}

/// Everything that a plan on a given machine depends on, in an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    convolution: Convolution,
    memory_proportion_bits: u64,
    types: (ElementType, ElementType),
    purpose: Purpose,
    objective: Objective,
    methods: Vec<MethodKind>,
    transforms: TransformScope,
    flags: [bool; 3],
    keep: usize,
}

impl Key {
    pub(super) fn new(PlanRequest { convolution, options }: &PlanRequest) -> Self {
        Self {
            convolution: convolution.clone(),
            memory_proportion_bits: options.available_memory_proportion.to_bits(),
            types: (options.input_type, options.partials_type),
            purpose: options.purpose,
            objective: options.objective,
            methods: options.methods.clone(),
            transforms: options.transforms,
            flags: [
                options.multi_stage_reduce,
                options.serial_splits,
                options.relax_memory,
            ],
            keep: options.keep,
        }
    }
}

/// Plans on one machine.
#[derive(Debug)]
pub struct PlanCache {
    planner: Planner,
    plans: BTreeMap<Key, Result<PlanChoice, NoPlan>>,
}

impl PlanCache {
    /// An empty cache for `machine`; `count` says whose cycles the kernels take.
    pub fn new(machine: Machine, count: Count) -> Self {
        Self {
            planner: Planner::new(machine, count),
            plans: BTreeMap::new(),
        }
    }

    /// A cache whose searches end with [`NoPlan::Cancelled`] once that is asked for.
    #[must_use]
    pub fn cancelled_by(mut self, cancellation: Cancellation) -> Self {
        self.planner = self.planner.cancelled_by(cancellation);
        self
    }

    /// The plans of `requests`, in their order. Whatever the number of threads, the plans are the same.
    pub fn plan_all(&mut self, requests: &[PlanRequest]) -> Vec<Result<PlanChoice, NoPlan>> {
        let keys: Vec<Key> = requests.iter().map(Key::new).collect();
        let mut missing: BTreeMap<&Key, &PlanRequest> = BTreeMap::new();
        for (key, request) in keys.iter().zip(requests) {
            if !self.plans.contains_key(key) {
                missing.insert(key, request);
            }
        }
        let planned: Vec<_> = missing
            .into_par_iter()
            .map(|(key, PlanRequest { convolution, options })| {
                (key.clone(), self.planner.plan(convolution, options))
            })
            .collect();
        self.plans.extend(planned);
        keys.iter()
            .filter_map(|key| self.plans.get(key).cloned())
            .collect()
    }

    /// The plan of one convolution.
    ///
    /// # Errors
    /// As [`super::plan`].
    pub fn plan(&mut self, convolution: &Convolution, options: &PlanOptions) -> Result<PlanChoice, NoPlan> {
        let request = PlanRequest {
            convolution: convolution.clone(),
            options: options.clone(),
        };
        self.plans
            .entry(Key::new(&request))
            .or_insert_with(|| self.planner.plan(convolution, options))
            .clone()
    }

    /// The joint plan of a fully connected layer, which is not kept: that of [`super::plan_jointly`].
    ///
    /// # Errors
    /// As [`super::plan_jointly`].
    pub fn plan_jointly(
        &self,
        forward: &Convolution,
        options: &PlanOptions,
    ) -> Result<Option<JointPlanChoice>, PlanError> {
        self.planner.plan_jointly(forward, options)
    }

    /// Distinct convolutions planned so far.
    pub fn len(&self) -> usize {
        self.plans.len()
    }

    /// Whether nothing was planned yet.
    pub fn is_empty(&self) -> bool {
        self.plans.is_empty()
    }
}
