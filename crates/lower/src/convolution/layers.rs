//! Fully connected layers of a training graph, each with the operators of its three passes.

use std::collections::BTreeMap;

use tilesim_graph::{Convolution, Graph, OpKind, TensorId};

use super::{
    purpose::is_matrix_product,
    task::{ConvolutionTask, convolution_task},
};
use tilesim_planner::is_joinable;
use tilesim_terms::ConvolutionPass;

/// A fully connected layer of which a graph holds all passes.
#[derive(Debug)]
pub(super) struct Layer {
    /// What its forward pass computes.
    pub(super) forward: Convolution,
    /// Operators of each pass, in the order of [`ConvolutionPass::ALL`]: the forward pass may be computed again.
    passes: [Vec<usize>; 3],
}

impl Layer {
    /// The first operator of each pass.
    pub(super) fn first(&self) -> [usize; 3] {
        // A layer has operators of all passes.
        ConvolutionPass::ALL.map(|pass| self.passes[pass as usize].first().copied().unwrap_or(usize::MAX))
    }

    /// Operators of a pass.
    pub(super) fn ops_of(&self, pass: ConvolutionPass) -> impl Iterator<Item = usize> {
        self.passes[pass as usize].iter().copied()
    }

    /// Operators of all passes.
    pub(super) fn ops(&self) -> impl Iterator<Item = usize> {
        self.passes.iter().flatten().copied()
    }
}

/// The fully connected layers of which `graph` holds all passes, in the order of their input gradients: operators whose weights are
/// views of the same tensor, and whose gradients come of the same gradient.
pub(super) fn layers(graph: &Graph) -> Vec<Layer> {
    let views: BTreeMap<TensorId, TensorId> = graph
        .ops
        .iter()
        .filter(|op| matches!(op.kind, OpKind::Reshape | OpKind::Cast(_)))
        .filter_map(|op| Some((op.output, *op.inputs.first()?)))
        .collect();
    let original = |mut tensor: TensorId| {
        while let Some(&viewed) = views.get(&tensor) {
            tensor = viewed;
        }
        tensor
    };
    let mut products = Vec::new();
    for (index, op) in graph.ops.iter().enumerate() {
        if let Some(ConvolutionTask { forward, pass, .. }) = convolution_task(graph, op)
            && is_matrix_product(&forward)
            && is_joinable(&forward)
            && let &[first, second, ..] = op.inputs.as_slice()
        {
            products.push((index, forward, pass, original(first), original(second)));
        }
    }
    let of = |wanted: ConvolutionPass| products.iter().filter(move |(_, _, pass, ..)| *pass == wanted);
    let mut layers: Vec<Layer> = Vec::new();
    for (index, forward, _, gradient, weights) in of(ConvolutionPass::InputGradient) {
        let forwards = of(ConvolutionPass::Forward)
            .filter(|(_, other, _, _, read)| other == forward && read == weights)
            .map(|(index, ..)| *index);
        let weight_gradients = of(ConvolutionPass::WeightGradient)
            .filter(|(_, other, _, _, read)| other == forward && read == gradient)
            .map(|(index, ..)| *index);
        let passes = [forwards.collect(), vec![*index], weight_gradients.collect()];
        if passes.iter().all(|ops: &Vec<usize>| !ops.is_empty()) {
            layers.push(Layer {
                forward: forward.clone(),
                passes,
            });
        }
    }
    layers
}
