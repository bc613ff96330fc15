//! The plans of a graph's convolutions.

use std::{collections::BTreeMap, ops::RangeInclusive};

use tilesim_codelets::Count;
use tilesim_graph::{Convolution, Graph, Op, OpKind, Phase};
use tilesim_machine::Machine;

use super::{
    layers::layers,
    purpose::purpose,
    slices::Slices,
    task::{ConvolutionTask, convolution_task},
};
use crate::{
    LowerError, LowerOptions, PlanSource,
    error::{cancelled, unsupported},
};
use tilesim_planner::{
    self, NoPlan, Plan, PlanCache, PlanChoice, PlanCost, PlanOptions, PlanRequest, Purpose, SharedJointPlan,
    SharedPlan,
};
use tilesim_terms::{Cancellation, ConvolutionPass};

/// The plans of a graph.
#[derive(Debug, Clone)]
pub struct GraphPlans {
    /// Plan and options of every convolution, by the index of its operator.
    pub by_op: BTreeMap<usize, (PlanOptions, PlanChoice)>,
    /// Bytes of tile memory for which they are these.
    pub tile_memory: RangeInclusive<u64>,
}

/// What the planner is asked for every convolution of a graph, by the index of its operator.
pub fn plan_requests(graph: &Graph, options: &LowerOptions) -> Vec<(usize, PlanRequest)> {
    // An input gradient in the forward pass is a transposed convolution.
    let trains = graph.ops.iter().any(|op| match op.kind {
        OpKind::ConvolutionInputGradient(_) => op.phase != Phase::Forward,
        OpKind::ConvolutionWeightGradient(_) => true,
        _ => false,
    });
    let request = |(index, op): (usize, &Op)| {
        let ConvolutionTask { forward, pass, .. } = convolution_task(graph, op)?;
        let request = PlanRequest {
            convolution: forward.of_pass(pass),
            options: options.plan_options(purpose(&forward, pass, trains)),
        };
        Some((index, request))
    };
    graph.ops.iter().enumerate().filter_map(request).collect()
}

/// Of every convolution that was planned by itself, the next best plans after those of `plans` ([`LowerOptions::kept_plans`]) that can be
/// lowered, by the index of the operator.
pub fn alternatives(
    graph: &Graph,
    options: &LowerOptions,
    plans: &GraphPlans,
) -> BTreeMap<usize, Vec<(PlanOptions, PlanChoice)>> {
    let of_op = |(index, request): (usize, PlanRequest)| {
        let (options, best) = plans.by_op.get(&index)?;
        let others = std::iter::once((&best.plan, &best.cost))
            .chain(best.others.iter().map(|other| (&other.plan, &other.cost)))
            .filter(|(plan, _)| Slices::is_lowered(&request.convolution, plan));
        let choice = |(plan, cost): (&Plan, &PlanCost)| PlanChoice {
            plan: plan.clone(),
            cost: *cost,
            others: Vec::new(),
            memory_bound: best.memory_bound,
        };
        Some((
            index,
            others.map(|other| (options.clone(), choice(other))).collect(),
        ))
    };
    plan_requests(graph, options)
        .into_iter()
        .filter_map(of_op)
        .collect()
}

/// The plan of every convolution with the options that it was planned with; equal ones are planned once.
pub(crate) fn plans(
    graph: &Graph,
    machine: &Machine,
    options: &LowerOptions,
    source: PlanSource<'_>,
    cancellation: &Cancellation,
) -> Result<GraphPlans, LowerError> {
    let mut plans = BTreeMap::new();
    let (mut indices, mut requests) = (Vec::new(), Vec::new());
    for (index, request) in plan_requests(graph, options) {
        let op = &graph.ops[index];
        let chosen = match source {
            PlanSource::Given(choose) => choose(&request),
            PlanSource::Own | PlanSource::Shared(..) => None,
        };
        if let Some(plan) = chosen {
            let planned = given(op, machine, &request, plan)?;
            plans.insert(index, (request.options, planned));
        } else {
            indices.push(index);
            requests.push(request);
        }
    }
    let given: Vec<usize> = plans.keys().copied().collect();
    let mut cache = PlanCache::new(machine.clone(), Count::Machine).cancelled_by(cancellation.clone());
    let (planned, mut tile_memory) = planned(machine, &mut requests, source, &mut cache, cancellation);
    for ((index, request), planned) in indices.into_iter().zip(requests).zip(planned) {
        let planned = planned.map_err(|reason| match reason {
            NoPlan::Cancelled => LowerError::Cancelled,
            reason => LowerError::NoPlan {
                op: graph.ops[index].name.clone(),
                reason,
            },
        })?;
        plans.insert(index, (request.options, planned));
    }
    for layer in layers(graph) {
        if layer.ops().any(|op| given.contains(&op)) {
            continue;
        }
        let options = options.plan_options(Purpose::of_joint_plan(ConvolutionPass::Forward));
        let joint = jointly_planned(machine, &layer.forward, &options, source, &cache, cancellation);
        cancelled(cancellation)?;
        let SharedJointPlan {
            planned,
            tile_memory: same,
        } = joint;
        tile_memory = intersection(&tile_memory, &same);
        let separate = layer.first().map(|op| plans.get(&op).map(|(_, planned)| planned));
        if let ([Some(forward), Some(input), Some(weights)], Some(joint)) = (separate, planned)
            && joint.is_preferred([forward, input, weights], &options)
        {
            for (pass, planned) in ConvolutionPass::ALL.into_iter().zip(joint.into_planned()) {
                for op in layer.ops_of(pass) {
                    plans.insert(op, (options.of_joint_plan(pass), planned.clone()));
                }
            }
        }
    }
    Ok(GraphPlans {
        by_op: plans,
        tile_memory,
    })
}

/// The joint plan of a fully connected layer, and the tile memory for which it is this one.
fn jointly_planned(
    machine: &Machine,
    forward: &Convolution,
    options: &PlanOptions,
    source: PlanSource<'_>,
    cache: &PlanCache,
    cancellation: &Cancellation,
) -> SharedJointPlan {
    match source {
        PlanSource::Shared(shared, _) => shared.plan_jointly(machine, forward, options, cancellation),
        PlanSource::Own | PlanSource::Given(_) => SharedJointPlan {
            // A malformed convolution has no plans of its own either, which is what is reported.
            planned: cache.plan_jointly(forward, options).unwrap_or_default(),
            tile_memory: machine.tile_memory_bytes..=machine.tile_memory_bytes,
        },
    }
}

/// The plans of the requests, and the tile memory for which they are these. Slices of dimensions that are folded into each other
/// are not lowered: such convolutions are planned again without.
fn planned(
    machine: &Machine,
    requests: &mut [PlanRequest],
    source: PlanSource<'_>,
    cache: &mut PlanCache,
    cancellation: &Cancellation,
) -> (Vec<Result<PlanChoice, NoPlan>>, RangeInclusive<u64>) {
    let bytes = machine.tile_memory_bytes;
    let mut plan_all = |requests: &[PlanRequest]| match source {
        PlanSource::Shared(shared, _) => shared.plan_all(machine, requests, cancellation),
        PlanSource::Own | PlanSource::Given(_) => {
            let plans = cache.plan_all(requests).into_iter();
            plans
                .map(|planned| SharedPlan {
                    planned,
                    tile_memory: bytes..=bytes,
                })
                .collect()
        }
    };
    let mut plans = plan_all(requests);
    let mut tile_memory = in_common(&plans);
    let mut again = Vec::new();
    for (index, (request, SharedPlan { planned, .. })) in requests.iter_mut().zip(&plans).enumerate() {
        let is_lowered = |planned: &PlanChoice| Slices::is_lowered(&request.convolution, &planned.plan);
        if planned.as_ref().is_ok_and(|planned| !is_lowered(planned)) {
            request.options.serial_splits = false;
            again.push(index);
        }
    }
    let others: Vec<PlanRequest> = again.iter().map(|&index| requests[index].clone()).collect();
    let others = plan_all(&others);
    tile_memory = intersection(&tile_memory, &in_common(&others));
    for (index, other) in again.into_iter().zip(others) {
        plans[index] = other;
    }
    (plans.into_iter().map(|plan| plan.planned).collect(), tile_memory)
}

/// Bytes of tile memory for which all of these plans are the same.
fn in_common(plans: &[SharedPlan]) -> RangeInclusive<u64> {
    plans.iter().fold(0..=u64::MAX, |common, plan| {
        intersection(&common, &plan.tile_memory)
    })
}

/// What is in both ranges.
pub(crate) fn intersection(left: &RangeInclusive<u64>, right: &RangeInclusive<u64>) -> RangeInclusive<u64> {
    *left.start().max(right.start())..=*left.end().min(right.end())
}

/// A plan that the caller has chosen, with its cost.
fn given(op: &Op, machine: &Machine, request: &PlanRequest, plan: Plan) -> Result<PlanChoice, LowerError> {
    let PlanRequest { convolution, options } = request;
    if !Slices::is_lowered(convolution, &plan) {
        return Err(unsupported(
            op,
            "a plan that slices what is folded, or uneven groups",
            "slices of whole channels of the network",
        ));
    }
    let cost =
        tilesim_planner::cost(machine, convolution, options, &plan, Count::Machine).map_err(|reason| {
            LowerError::Plan {
                op: op.name.clone(),
                reason,
            }
        })?;
    Ok(PlanChoice {
        plan,
        cost,
        others: Vec::new(),
        memory_bound: None,
    })
}
