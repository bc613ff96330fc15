//! Phases of a training step.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When a part of the network runs. Inference is all forward.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// For every micro-batch: the network, and in training its loss.
    #[default]
    Forward,
    /// For every micro-batch, in a stage that keeps nothing but its input: those operators of the forward pass once more whose results the
    /// backward pass reads, so that they need not be kept.
    Recompute,
    /// For every micro-batch: gradients and their accumulation.
    Backward,
    /// The optimiser, once for every weight update: after gradients have been accumulated over micro-batches and added up over replicas.
    Update,
}

impl Phase {
    /// All phases, in their order.
    pub const ALL: [Self; 4] = [Self::Forward, Self::Recompute, Self::Backward, Self::Update];

    /// The name in files, tables and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Recompute => "recompute",
            Self::Backward => "backward",
            Self::Update => "update",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
