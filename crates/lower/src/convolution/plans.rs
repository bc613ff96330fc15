//! The plans of a graph's convolutions.

use std::collections::BTreeMap;

use tilesim_codelets::Count;
use tilesim_graph::{Convolution, Graph, Op, OpKind};
use tilesim_machine::Machine;

use super::{
    ConvolutionPass,
    computed::{Computed, computed},
    slices::Slices,
};
use crate::{
    LowerError, LowerOptions,
    lowering::unsupported,
    planner::{self, Pass, Plan, PlanCache, PlanOptions, PlanRequest, Planned},
};

/// The plan of every convolution with the options that it was planned with, by the index of its operator; equal ones are planned
/// once.
pub(crate) fn plans(
    graph: &Graph,
    machine: &Machine,
    options: &LowerOptions,
    choose: &dyn Fn(&PlanRequest) -> Option<Plan>,
) -> Result<BTreeMap<usize, (PlanOptions, Planned)>, LowerError> {
    let trains = graph.ops.iter().any(|op| {
        matches!(
            op.kind,
            OpKind::ConvolutionInputGradient(_) | OpKind::ConvolutionWeightGradient(_)
        )
    });
    let mut plans = BTreeMap::new();
    let (mut indices, mut requests) = (Vec::new(), Vec::new());
    for (index, op) in graph.ops.iter().enumerate() {
        let Some(Computed { forward, pass, .. }) = computed(graph, op) else {
            continue;
        };
        let request = PlanRequest {
            convolution: pass.convolution(&forward),
            options: options.plan_options(planner_pass(&forward, pass, trains)),
        };
        if let Some(plan) = choose(&request) {
            let planned = given(op, machine, &request, plan)?;
            plans.insert(index, (request.options, planned));
        } else {
            indices.push(index);
            requests.push(request);
        }
    }
    let mut cache = PlanCache::new(machine.clone(), Count::Machine);
    // Slices of dimensions that are folded into each other are not lowered: plan those again without.
    let planned = cache.plan_all(&requests);
    for (request, planned) in requests.iter_mut().zip(planned) {
        if planned.is_ok_and(|planned| !Slices::is_lowered(&request.convolution, &planned.plan)) {
            request.options.serial_splits = false;
        }
    }
    let planned = cache.plan_all(&requests);
    for ((index, request), planned) in indices.into_iter().zip(requests).zip(planned) {
        let planned = planned.map_err(|reason| LowerError::NoPlan {
            op: graph.ops[index].name.clone(),
            reason,
        })?;
        plans.insert(index, (request.options, planned));
    }
    Ok(plans)
}

/// A plan that the caller has chosen, with its cost.
fn given(op: &Op, machine: &Machine, request: &PlanRequest, plan: Plan) -> Result<Planned, LowerError> {
    let PlanRequest { convolution, options } = request;
    if !Slices::is_lowered(convolution, &plan) {
        return Err(unsupported(
            op,
            "a plan that slices what is folded, or uneven groups",
            "slices of whole channels of the network",
        ));
    }
    let cost = planner::cost(machine, convolution, options, &plan, Count::Machine).map_err(|reason| {
        LowerError::Plan {
            op: op.name.clone(),
            reason,
        }
    })?;
    Ok(Planned {
        plan,
        cost,
        others: Vec::new(),
        memory_bound: None,
    })
}

/// What the planner is told that a convolution is for; one over a single position of one dimension is a matrix product.
pub(crate) fn planner_pass(forward: &Convolution, pass: ConvolutionPass, trains: bool) -> Pass {
    let is_matrix_product = forward.input.as_slice() == [1] && forward.kernel.as_slice() == [1];
    match (pass, trains, is_matrix_product) {
        (ConvolutionPass::Forward, false, false) => Pass::InferenceForward,
        (ConvolutionPass::Forward, true, false) => Pass::TrainingForward,
        (ConvolutionPass::InputGradient, _, false) => Pass::TrainingBackward,
        (ConvolutionPass::WeightGradient, _, false) => Pass::TrainingWeightUpdate,
        (ConvolutionPass::Forward, false, true) => Pass::FullyConnectedInferenceForward,
        (ConvolutionPass::Forward, true, true) => Pass::FullyConnectedTrainingForward,
        (ConvolutionPass::InputGradient, _, true) => Pass::FullyConnectedTrainingBackward,
        (ConvolutionPass::WeightGradient, _, true) => Pass::FullyConnectedTrainingWeightUpdate,
    }
}
