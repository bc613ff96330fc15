//! What an update trains, and what it accumulates before.

use crate::TensorId;

/// A gradient that is accumulated over micro-batches, and added up over replicas before the update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GradientAccumulation {
    /// What the gradient is of: a parameter, or a statistic of a proxy-normalised activation.
    pub of: TensorId,
    /// The gradient of one micro-batch, times the loss scale.
    pub gradient: TensorId,
    /// The sum over earlier micro-batches; zeros at first.
    pub accumulator: TensorId,
    /// The sum with this micro-batch, which the update reads.
    pub sum: TensorId,
}

/// A parameter that the update trains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainedParameter {
    /// The parameter.
    pub parameter: TensorId,
    /// Gradient of the loss: the mean over micro-batches, without loss scale and weight decay, through the proxy statistics too.
    pub gradient: TensorId,
    /// State of the optimiser.
    pub slots: Vec<TensorId>,
    /// The parameter after the update.
    pub updated: TensorId,
}
