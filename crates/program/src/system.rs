//! Programs of systems: what every chip of a pipeline runs, when, and what passes between them.

mod schedule;

pub use schedule::{Beside, Slot, beside, grouped, interleaved, queued_inputs, sequential};

use tilesim_terms::Phase;

use crate::Program;

/// What a stage does with one micro-batch in one slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pass {
    /// The forward pass.
    Forward,
    /// The forward pass once more, in a stage that recomputes.
    Recompute,
    /// The backward pass.
    Backward,
}

impl Pass {
    /// All passes, in the order in which a micro-batch takes them.
    pub const ALL: [Self; 3] = [Self::Forward, Self::Recompute, Self::Backward];

    /// The phase of the stage's program that it runs.
    pub const fn phase(self) -> Phase {
        match self {
            Self::Forward => Phase::Forward,
            Self::Recompute => Phase::Recompute,
            Self::Backward => Phase::Backward,
        }
    }
}

/// One pipeline stage: a chip of every replica.
#[derive(Debug, Clone, PartialEq)]
pub struct StageProgram {
    /// All phases, one after the other: one micro-batch and one update.
    pub program: Program,
    /// Bytes that the host sends for each micro-batch.
    pub host_bytes: u64,
    /// Micro-batches that it sends before they are needed; with none, the stage waits for each.
    pub host_buffers: u32,
    /// Bytes that go to the next stage after each forward pass.
    pub output_bytes: u64,
    /// Bytes that go to the stage before after each backward pass.
    pub input_gradient_bytes: u64,
    /// Bytes kept of each micro-batch from its forward pass to the pass that reads them: the input of a stage that recomputes, the
    /// activations of one that does not.
    pub kept_bytes: u64,
    /// Bytes of each gradient that is added up over replicas before each update, in the order in which they are.
    pub reduced_bytes: Vec<u64>,
    /// Bytes that are read from streaming memory for each update, and written back.
    pub streamed_bytes: u64,
}

/// What a system runs for one weight update.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemProgram {
    /// Name of the network.
    pub name: String,
    /// Stages, in the order of the network.
    pub stages: Vec<StageProgram>,
    /// Replicas of the pipeline.
    pub replicas: u32,
    /// Images at a time.
    pub micro_batch: u64,
    /// Micro-batches of each replica.
    pub micro_batches: u64,
    /// What stages run at a time, one slot after the other; at the end of each, outputs and gradients pass to their neighbours.
    pub slots: Vec<Slot>,
}
