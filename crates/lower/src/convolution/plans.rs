//! The plans of a graph's convolutions.

use std::collections::BTreeMap;

use tilesim_codelets::Count;
use tilesim_graph::{Convolution, Graph, OpKind};
use tilesim_machine::Machine;

use super::{
    ConvolutionPass,
    computed::{Computed, computed},
    slices::Slices,
};
use crate::{
    LowerError, LowerOptions,
    planner::{Pass, PlanCache, PlanOptions, PlanRequest, Planned},
};

/// The plan of every convolution with the options that it was planned with, by the index of its operator; equal ones are planned
/// once.
pub(crate) fn plans(
    graph: &Graph,
    machine: &Machine,
    options: &LowerOptions,
) -> Result<BTreeMap<usize, (PlanOptions, Planned)>, LowerError> {
    let trains = graph.ops.iter().any(|op| {
        matches!(
            op.kind,
            OpKind::ConvolutionInputGradient(_) | OpKind::ConvolutionWeightGradient(_)
        )
    });
    let (indices, requests): (Vec<usize>, Vec<PlanRequest>) = graph
        .ops
        .iter()
        .enumerate()
        .filter_map(|(index, op)| {
            let Computed { forward, pass, .. } = computed(graph, op)?;
            let request = PlanRequest {
                convolution: pass.convolution(&forward),
                options: options.plan_options(planner_pass(&forward, pass, trains)),
            };
            Some((index, request))
        })
        .unzip();
    let mut requests = requests;
    let mut cache = PlanCache::new(machine.clone(), Count::Machine);
    // Slices of dimensions that are folded into each other are not lowered: plan those again without.
    let planned = cache.plan_all(&requests);
    for (request, planned) in requests.iter_mut().zip(planned) {
        if planned.is_ok_and(|planned| !Slices::is_lowered(&planned.plan)) {
            request.options.serial_splits = false;
        }
    }
    let planned = cache.plan_all(&requests);
    indices
        .into_iter()
        .zip(requests)
        .zip(planned)
        .map(|((index, request), planned)| match planned {
            Ok(planned) => Ok((index, (request.options, planned))),
            Err(reason) => Err(LowerError::NoPlan {
                op: graph.ops[index].name.clone(),
                reason,
            }),
        })
        .collect()
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
