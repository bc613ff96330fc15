//! Phases of a training step.

/// When a part of the program runs. Inference is all forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Phase {
    /// The network, and in training its loss.
    #[default]
    Forward,
    /// Parts of the forward pass once more, so that their results need not be kept.
    Recompute,
    /// Gradients and their accumulation.
    Backward,
    /// The optimiser.
    Update,
}

impl Phase {
    /// All phases, in their order.
    pub const ALL: [Self; 4] = [Self::Forward, Self::Recompute, Self::Backward, Self::Update];

    /// The name in results and traces.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Recompute => "recompute",
            Self::Backward => "backward",
            Self::Update => "update",
        }
    }
}
