//! Plans that many runs share, on machines that differ in memory and in what no plan depends on.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::RangeInclusive,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rayon::prelude::*;
use tilesim_codelets::Count;
use tilesim_graph::Convolution;
use tilesim_machine::Machine;
use tilesim_terms::{Cancellation, ConvolutionPass};

use super::{
    cache::{Key, PlanRequest},
    cost,
    error::NoPlan,
    joint::{JointPlanChoice, plan_jointly_from},
    options::PlanOptions,
    plan::Plan,
    planning::{PlanChoice, plan_from},
    search::KernelRates,
};

/// A plan, and for which memory of a tile it is the same.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedPlan {
    /// The plan.
    pub planned: Result<PlanChoice, NoPlan>,
    /// Bytes of tile memory for which it is this one.
    pub tile_memory: RangeInclusive<u64>,
}

/// A joint plan, and for which memory of a tile it is the same.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedJointPlan {
    /// The plan; none where no joint plan is within the memory.
    pub planned: Option<JointPlanChoice>,
    /// Bytes of tile memory for which it is this one.
    pub tile_memory: RangeInclusive<u64>,
}

/// Plans by convolution, options and machine, of as many convolutions as there is room for: the oldest go first.
///
/// Memory of a tile has two effects on plans: what needs more temporary bytes is left out, and reductions that find it scarce take
/// the slower kernel. With less memory there are fewer plans, and none costs less. So the best plan for much memory is the best for
/// less as long as it is allowed there and costs the same, and need not be searched for again.
#[derive(Debug)]
pub struct SharedPlans {
    /// Sizes of tile memory that will be asked for, ascending.
    tile_memories: Vec<u64>,
    capacity: usize,
    plans: Mutex<Plans>,
}

/// Plans of one convolution under equal options on machines that compute alike; whoever holds the lock plans, others wait.
type Entry = Arc<Mutex<Known>>;

#[derive(Debug, Default)]
struct Known {
    /// A plan that was found for another rate of exchange.
    experience: Option<Plan>,
    /// By the rate of exchange, the oldest first.
    plans: VecDeque<(u32, SharedPlan)>,
}

/// What is searched for, with what shortens or ends it.
struct Search<'a> {
    request: &'a PlanRequest,
    rates: &'a KernelRates,
    cancellation: &'a Cancellation,
}

/// Plans of one convolution that are kept.
const MOST_PLANS: usize = 64;

#[derive(Debug, Default)]
struct Plans {
    /// Machines without what plans do not depend on, and the rates of their kernels.
    machines: Vec<(Machine, Arc<KernelRates>)>,
    /// With the age of each entry.
    entries: BTreeMap<(usize, Key), (u64, Entry)>,
    by_age: BTreeMap<u64, (usize, Key)>,
    age: u64,
    /// Joint plans by machine, forward pass and rate of exchange, the oldest first; of as many layers as there is room for.
    joint: VecDeque<((usize, Key, u32), SharedJointPlan)>,
}

impl SharedPlans {
    /// Room for `capacity` convolutions. `tile_memories` are the sizes of tile memory that will be asked for; others are planned for
    /// on their own.
    pub fn new(capacity: usize, mut tile_memories: Vec<u64>) -> Self {
        tile_memories.sort_unstable();
        tile_memories.dedup();
        Self {
            tile_memories,
            capacity: capacity.max(1),
            plans: Mutex::default(),
        }
    }

    /// The plans of `requests` on `machine`, in their order. They are those of [`super::plan`], whoever asks and in whichever order; once
    /// `cancellation` is asked for those that are not known yet are [`NoPlan::Cancelled`], which is not kept.
    pub fn plan_all(
        &self,
        machine: &Machine,
        requests: &[PlanRequest],
        cancellation: &Cancellation,
    ) -> Vec<SharedPlan> {
        let keys: Vec<Key> = requests.iter().map(Key::new).collect();
        let mut distinct: BTreeMap<&Key, &PlanRequest> = BTreeMap::new();
        for (key, request) in keys.iter().zip(requests) {
            distinct.entry(key).or_insert(request);
        }
        let (alike, rates) = self.locked().alike(machine);
        let planned: BTreeMap<&Key, SharedPlan> = distinct
            .into_par_iter()
            .map(|(key, request)| {
                let entry = self.locked().entry((alike, key.clone()), self.capacity);
                let mut known = entry.lock().unwrap_or_else(PoisonError::into_inner);
                let search = Search {
                    request,
                    rates: &rates,
                    cancellation,
                };
                (key, self.plan(machine, &search, &mut known))
            })
            .collect();
        keys.iter().map(|key| planned[key].clone()).collect()
    }

    /// Convolutions whose plans are kept.
    pub fn len(&self) -> usize {
        self.locked().entries.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn locked(&self) -> MutexGuard<'_, Plans> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn plan(&self, machine: &Machine, search: &Search<'_>, known: &mut Known) -> SharedPlan {
        let request = search.request;
        if let Some(plan) = known.plan(machine, request) {
            return plan;
        }
        // Most plans are the same for all sizes, and those for the largest say so.
        let rate = machine.exchange_bytes_per_cycle;
        if let Some(&most) = self.tile_memories.last()
            && known.plans.iter().all(|(other, _)| *other != rate)
            && most > machine.tile_memory_bytes
        {
            let largest = self.searched(&with_memory(machine, most), search, &mut known.experience);
            known.keep(rate, largest);
            if let Some(plan) = known.plan(machine, request) {
                return plan;
            }
        }
        let plan = self.searched(machine, search, &mut known.experience);
        known.keep(rate, plan.clone());
        plan
    }

    /// Searches a plan, and for how much less memory it is the same.
    fn searched(&self, machine: &Machine, search: &Search<'_>, known: &mut Option<Plan>) -> SharedPlan {
        let PlanRequest { convolution, options } = search.request;
        let bytes = machine.tile_memory_bytes;
        let planned = plan_from(
            machine,
            convolution,
            options,
            Count::Machine,
            search.rates,
            known,
            search.cancellation,
        );
        let allowed = options.allowed_bytes(bytes);
        let least = match &planned {
            // Where the bound had to be relaxed, nothing follows for less memory; nor where other plans are kept, which may drop out.
            Ok(found) if found.memory_bound == Some(allowed) && allowed > 0 && options.keep <= 1 => self
                .least_memory(bytes, |less| {
                    found.cost.temporary_bytes() <= options.allowed_bytes(less)
                        && options.allowed_bytes(less) > 0
                        && cost(
                            &with_memory(machine, less),
                            convolution,
                            options,
                            &found.plan,
                            Count::Machine,
                        )
                        .is_ok_and(|cost| cost == found.cost)
                }),
            _ => bytes,
        };
        SharedPlan {
            planned,
            tile_memory: least..=bytes,
        }
    }
}

impl SharedPlans {
    /// The least size of tile memory that will be asked for, up to `bytes`, for which a plan is the same.
    fn least_memory(&self, bytes: u64, same: impl Fn(u64) -> bool) -> u64 {
        let below = self.tile_memories.partition_point(|&size| size < bytes);
        let first = self.tile_memories[..below].partition_point(|&size| !same(size));
        self.tile_memories[..below].get(first).copied().unwrap_or(bytes)
    }

    /// The joint plan of a fully connected layer on `machine`: that of [`super::plan_jointly`]. Once `cancellation` is asked for it is of no
    /// use, and not kept.
    pub fn plan_jointly(
        &self,
        machine: &Machine,
        forward: &Convolution,
        options: &PlanOptions,
        cancellation: &Cancellation,
    ) -> SharedJointPlan {
        let request = PlanRequest {
            convolution: forward.clone(),
            options: options.of_joint_plan(ConvolutionPass::Forward),
        };
        let bytes = machine.tile_memory_bytes;
        let (alike, rates) = self.locked().alike(machine);
        let key = (alike, Key::new(&request), machine.exchange_bytes_per_cycle);
        if let Some(plan) = self.locked().known_joint(&key, bytes, options) {
            return plan;
        }
        let search = Search {
            request: &request,
            rates: &rates,
            cancellation,
        };
        // Most plans are the same for all sizes, and those for the largest say so.
        let most = self.tile_memories.last().copied().unwrap_or(bytes).max(bytes);
        for size in [most, bytes] {
            let plan = self.searched_jointly(&with_memory(machine, size), &search);
            if cancellation.is_asked() {
                return plan;
            }
            let mut plans = self.locked();
            plans.keep_joint(key.clone(), plan, self.capacity);
            if let Some(plan) = plans.known_joint(&key, bytes, options) {
                return plan;
            }
        }
        self.searched_jointly(machine, &search)
    }

    fn searched_jointly(&self, machine: &Machine, search: &Search<'_>) -> SharedJointPlan {
        let PlanRequest { convolution, options } = search.request;
        let bytes = machine.tile_memory_bytes;
        // A malformed convolution has no plan of any kind.
        let planned = plan_jointly_from(
            machine,
            convolution,
            options,
            Count::Machine,
            search.rates,
            search.cancellation,
        )
        .unwrap_or_default();
        let least = match &planned {
            Some(found) if options.allowed_bytes(bytes) > 0 => self.least_memory(bytes, |less| {
                let machine = with_memory(machine, less);
                let costs_the_same = |(index, pass): (usize, ConvolutionPass)| {
                    cost(
                        &machine,
                        &convolution.of_pass(pass),
                        &options.of_joint_plan(pass),
                        &found.plans[index],
                        Count::Machine,
                    )
                    .is_ok_and(|cost| cost == found.costs[index])
                };
                found.temporary_bytes() <= options.allowed_bytes(less)
                    && options.allowed_bytes(less) > 0
                    && ConvolutionPass::ALL.into_iter().enumerate().all(costs_the_same)
            }),
            _ => bytes,
        };
        SharedJointPlan {
            planned,
            tile_memory: least..=bytes,
        }
    }
}

impl Known {
    /// The plan for a machine, if it is known.
    fn plan(&self, machine: &Machine, request: &PlanRequest) -> Option<SharedPlan> {
        let bytes = machine.tile_memory_bytes;
        let (_, found) = self.plans.iter().find(|(rate, plan)| {
            *rate == machine.exchange_bytes_per_cycle && plan.tile_memory.contains(&bytes)
        })?;
        let mut plan = found.clone();
        // The bound is that of this machine, unless it had to be relaxed.
        let searched = Some(request.options.allowed_bytes(*found.tile_memory.end()));
        if let Ok(planned) = &mut plan.planned
            && planned.memory_bound == searched
        {
            planned.memory_bound = Some(request.options.allowed_bytes(bytes));
        }
        Some(plan)
    }

    fn keep(&mut self, rate: u32, plan: SharedPlan) {
        // The next run searches again.
        if plan.planned == Err(NoPlan::Cancelled) {
            return;
        }
        if self.plans.len() >= MOST_PLANS {
            self.plans.pop_front();
        }
        self.plans.push_back((rate, plan));
    }
}

impl Plans {
    /// The joint plan for machines of so much memory, if it is known.
    fn known_joint(
        &self,
        key: &(usize, Key, u32),
        bytes: u64,
        options: &PlanOptions,
    ) -> Option<SharedJointPlan> {
        let (_, found) = self
            .joint
            .iter()
            .find(|(known, plan)| known == key && plan.tile_memory.contains(&bytes))?;
        let mut plan = found.clone();
        if let Some(planned) = &mut plan.planned
            && planned.memory_bound.is_some()
        {
            planned.memory_bound = Some(options.allowed_bytes(bytes));
        }
        Some(plan)
    }

    fn keep_joint(&mut self, key: (usize, Key, u32), plan: SharedJointPlan, capacity: usize) {
        if self.joint.len() >= capacity {
            self.joint.pop_front();
        }
        self.joint.push_back((key, plan));
    }

    /// The number of the machines that this one is like, as far as plans depend on them, and the rates of their kernels.
    fn alike(&mut self, machine: &Machine) -> (usize, Arc<KernelRates>) {
        let essence = essence(machine);
        let known = self.machines.iter().position(|(known, _)| *known == essence);
        let index = known.unwrap_or_else(|| {
            self.machines.push((essence, Arc::default()));
            self.machines.len() - 1
        });
        (index, Arc::clone(&self.machines[index].1))
    }

    fn entry(&mut self, key: (usize, Key), capacity: usize) -> Entry {
        if let Some((_, entry)) = self.entries.get(&key) {
            return Arc::clone(entry);
        }
        while self.entries.len() >= capacity
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.entries.remove(&oldest);
        }
        let entry = Entry::default();
        self.by_age.insert(self.age, key.clone());
        self.entries.insert(key, (self.age, Arc::clone(&entry)));
        self.age += 1;
        entry
    }
}

/// The machine without its rate of exchange and tile memory, which are matters of each plan, and without what the planner does not
/// read.
fn essence(machine: &Machine) -> Machine {
    Machine {
        name: String::new(),
        description: String::new(),
        clock_hz: 0,
        tile_memory_bytes: 0,
        exchange_bytes_per_cycle: 0,
        sync_cycles: 0,
        exchange_launch_cycles: 0,
        convolution_launch_cycles: 0,
        vector_launch_cycles: 0,
        exchange_latency_cycles: 0,
        exchange_message_centicycles: 0,
        exchange_sender_code_bytes: 0,
        step_code_bytes: 0,
        kernel_code_bytes: 0,
        host_bytes_per_second: 0,
        picojoules_per_flop: None,
        ..machine.clone()
    }
}

fn with_memory(machine: &Machine, tile_memory_bytes: u64) -> Machine {
    Machine {
        tile_memory_bytes,
        ..machine.clone()
    }
}
