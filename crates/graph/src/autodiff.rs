//! The training graph: a network's forward pass with its loss, the gradients of everything that is trained, and the update.
//!
//! Reverse accumulation: operators are walked backwards, each turns the gradient of its output into gradients of its operands, and
//! gradients of a tensor with several readers are added up. Every operator belongs to the layer of the operator that it goes back
//! to. A training graph may be cut into the stages of a pipeline, and the forward pass of a stage repeated before its backward pass.

mod accumulator;
mod augmentation;
mod backward;
mod forward;
mod gradient;
mod optimiser;
mod options;
mod proxy;
mod stages;
mod trained;
mod update;
mod vector_jacobian;

use std::ops::Range;

pub use crate::{Phase, StateChange};
pub use options::{BatchStatistics, Optimiser, TrainingOptions};
pub use stages::{
    CutPoint, StageError, TrainingStage, cut_points, segmented_stage, stage_of_layers, training_stages,
};
pub use trained::{GradientAccumulation, TrainedParameter};
pub use vector_jacobian::{VectorJacobian, vector_jacobian, vector_jacobian_through_proxies};

use crate::{Graph, GraphError, OpId, TensorId};

/// A graph that trains a network.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingGraph {
    /// All phases, one after the other. Its output is the loss.
    pub graph: Graph,
    /// The loss `[1]`.
    pub loss: TensorId,
    /// The logits, `[N, classes]`.
    pub logits: TensorId,
    /// The labels, an input: `[N]`, indices of classes.
    pub labels: TensorId,
    /// The learning rate, an input of the update: `[1]`.
    pub learning_rate: TensorId,
    /// Gradients of inputs, in the order of the network's inputs, where [`TrainingOptions::input_gradients`] asks for them.
    pub input_gradients: Vec<TensorId>,
    /// What is accumulated over micro-batches, in the order of the backward pass.
    pub accumulated: Vec<GradientAccumulation>,
    /// What is trained, in the order of the network's tensors; parameters of proxy distributions last.
    pub parameters: Vec<TrainedParameter>,
    /// Operators before the backward pass.
    forward: usize,
    /// Operators before the update.
    backward: usize,
}

impl TrainingGraph {
    /// The phase of an operator.
    pub fn phase(&self, op: OpId) -> Phase {
        self.graph.op(op).phase
    }

    /// The operators of a phase, as indices of [`Graph::ops`].
    pub const fn ops(&self, phase: Phase) -> Range<usize> {
        match phase {
            Phase::Forward => 0..self.forward,
            Phase::Recompute => self.forward..self.forward,
            Phase::Backward => self.forward..self.backward,
            Phase::Update => self.backward..self.graph.ops.len(),
        }
    }
}

/// The training graph of a network whose one output is its logits `[N, classes]`, or their softmax, which the loss replaces.
///
/// Batch norms take the statistics of the current batch and keep moving averages, unless the options say otherwise; they should
/// not have been folded.
///
/// # Errors
/// When the network has no logits, an operator has no gradient, or an option cannot be.
pub fn training_graph(network: &Graph, options: &TrainingOptions) -> Result<TrainingGraph, GraphError> {
    options.check()?;
    let forward = forward::build(network, options)?;
    let forward_ops = forward.builder.graph().ops.len();
    let backward = backward::build(forward, options)?;
    let backward_ops = backward.builder.graph().ops.len();
    let update = update::build(backward, options)?;
    let mut graph = update.builder.finish(vec![update.loss])?;
    graph.state = update.state;
    Ok(TrainingGraph {
        graph,
        loss: update.loss,
        logits: update.logits,
        labels: update.labels,
        learning_rate: update.learning_rate,
        input_gradients: update.input_gradients,
        accumulated: update.accumulated,
        parameters: update.parameters,
        forward: forward_ops,
        backward: backward_ops,
    })
}
