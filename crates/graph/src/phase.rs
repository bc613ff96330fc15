//! When operators run, and what lives on from one run to the next.

use crate::TensorId;

/// When an operator runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Phase {
    /// For every micro-batch: the network and its loss.
    #[default]
    Forward,
    /// For every micro-batch, in a stage that keeps nothing but its input: the operators of the forward pass once more whose
    /// results the backward pass reads.
    Recompute,
    /// For every micro-batch: gradients and their accumulation.
    Backward,
    /// Once for every weight update, after gradients have been accumulated over micro-batches and added up over replicas.
    Update,
}

impl Phase {
    /// All phases.
    pub const ALL: [Self; 4] = [Self::Forward, Self::Recompute, Self::Backward, Self::Update];
}

/// A tensor that lives on: at the end of the phase, `before` takes the value of `after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateChange {
    /// The tensor that operators of the next round read.
    pub before: TensorId,
    /// Its new value.
    pub after: TensorId,
    /// When.
    pub phase: Phase,
}
