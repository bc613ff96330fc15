//! Parameters of operators.

use std::ops::AddAssign;

use crate::{Graph, Op, OpKind, TensorKind};

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

    /// Parameters of an operator. Each has one user in a graph as its network defines it.
    pub(super) fn of(graph: &Graph, op: &Op) -> Self {
        let mut count = Self::default();
        for (position, &id) in op.inputs.iter().enumerate() {
            let tensor = graph.tensor(id);
            let elements = tensor.elements();
            match (tensor.kind, &op.kind) {
                (TensorKind::Parameter, OpKind::Convolution(_) | OpKind::FullyConnected) if position < 2 => {
                    count.weights += elements;
                }
                (TensorKind::Parameter, OpKind::Convolution(_) | OpKind::FullyConnected) => {
                    count.biases += elements;
                }
                // Counted where the forward pass reads them.
                (
                    TensorKind::Parameter,
                    OpKind::ConvolutionInputGradient(_)
                    | OpKind::ConvolutionWeightGradient(_)
                    | OpKind::ScaledAdd,
                ) => {}
                (TensorKind::Parameter, OpKind::ProxyActivation(_)) => {
                    // With beta and gamma go beta′ and gamma′ of the proxy distribution. They are trained, but no operator
                    // reads them: they act through the proxy statistics, once in each update.
                    count.norms += 2 * elements;
                }
                (TensorKind::Parameter, _) => count.norms += elements,
                (TensorKind::Statistic, OpKind::Norm(_) | OpKind::ProxyActivation(_)) => {
                    count.statistics += elements;
                }
                _ => {}
            }
        }
        count
    }
}

impl AddAssign for ParameterCount {
    fn add_assign(&mut self, other: Self) {
        self.weights += other.weights;
        self.biases += other.biases;
        self.norms += other.norms;
        self.statistics += other.statistics;
    }
}
