//! Parameters of operators.

use std::{collections::BTreeSet, ops::AddAssign};

use crate::{Graph, Op, OpKind, TensorId, TensorKind};

/// Parameters, by what they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ParameterCount {
    /// Weights of convolutions and fully connected layers.
    pub weights: u64,
    /// Biases of convolutions and fully connected layers.
    pub biases: u64,
    /// Trainable parameters of norms and of proxy-normalised activations.
    pub norms: u64,
    /// Stored with the parameters, but not trained: moving statistics, proxy statistics.
    pub statistics: u64,
}

impl ParameterCount {
    /// Trainable parameters.
    pub const fn trainable(&self) -> u64 {
        self.weights + self.biases + self.norms
    }

    /// Trainable parameters and statistics.
    pub const fn stored(&self) -> u64 {
        self.trainable() + self.statistics
    }

    /// Parameters of an operator of the forward pass that no operator before has counted: what several share counts once, with the
    /// first that reads it.
    ///
    /// `sources` gives for each tensor the one that it is a cast of, or itself: a parameter counts as what the reader of its
    /// cast uses it for. The backward pass and updates read parameters that the forward pass has read.
    pub(super) fn of(graph: &Graph, op: &Op, sources: &[TensorId], counted: &mut BTreeSet<TensorId>) -> Self {
        let mut count = Self::default();
        if !is_forward(graph, op) {
            return count;
        }
        for (position, &id) in op.inputs.iter().enumerate() {
            let source = sources[id.0 as usize];
            let tensor = graph.tensor(source);
            let is_shared = counted.contains(&source);
            let elements = if is_shared { 0 } else { tensor.elements() };
            match (tensor.kind, &op.kind) {
                // An input gradient in the forward pass is a transposed convolution.
                (
                    TensorKind::Parameter,
                    OpKind::Convolution(_) | OpKind::FullyConnected | OpKind::ConvolutionInputGradient(_),
                ) => {
                    if position < 2 {
                        count.weights += elements;
                    } else {
                        count.biases += elements;
                    }
                }
                // Counted where the forward pass reads them.
                (TensorKind::Parameter, OpKind::ConvolutionWeightGradient(_) | OpKind::ScaledAdd { .. }) => {
                    continue;
                }
                (TensorKind::Parameter, OpKind::ProxyActivation(_)) => {
                    // With beta and gamma go beta′ and gamma′ of the proxy distribution. They are trained, but no operator
                    // of the forward pass reads them: they act through the proxy statistics, once in each update.
                    count.norms += 2 * elements;
                }
                (TensorKind::Parameter, _) => count.norms += elements,
                (
                    TensorKind::Statistic,
                    OpKind::Norm(_) | OpKind::ProxyActivation(_) | OpKind::MovingAverage { .. },
                ) => {
                    count.statistics += elements;
                }
                _ => continue,
            }
            counted.insert(source);
        }
        count
    }
}

/// Whether an operator belongs to the forward pass: it puts out activations, or moves a statistic on. A cast is counted at its
/// reader.
fn is_forward(graph: &Graph, op: &Op) -> bool {
    match (graph.tensor(op.output).kind, &op.kind) {
        (_, OpKind::Cast(_)) => false,
        (TensorKind::Activation, _) | (TensorKind::Statistic, OpKind::MovingAverage { .. }) => true,
        _ => false,
    }
}

/// For each tensor the one that it is a cast of, or itself.
pub(crate) fn cast_sources(graph: &Graph) -> Vec<TensorId> {
    let mut sources: Vec<TensorId> = (0..graph.tensors.len() as u32).map(TensorId).collect();
    for op in &graph.ops {
        if let (OpKind::Cast(_), &[from]) = (&op.kind, op.inputs.as_slice()) {
            sources[op.output.0 as usize] = sources[from.0 as usize];
        }
    }
    sources
}

impl AddAssign for ParameterCount {
    fn add_assign(&mut self, other: Self) {
        self.weights += other.weights;
        self.biases += other.biases;
        self.norms += other.norms;
        self.statistics += other.statistics;
    }
}
