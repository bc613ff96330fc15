//! Steps: compute sets, exchanges and host transfers.

use crate::{PartialSumsExchange, PartialsTransfer, Transfer, VariableId, work::Work};

/// A step in which tiles move data among each other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Movement {
    /// A tensor moves from where it is held to where it is needed.
    Transfer(Transfer),
    /// Partial results of many tiles go to the one that adds them up.
    Partials(PartialsTransfer),
    /// One stage of the reduction of a convolution's partial sums.
    PartialSums(PartialSumsExchange),
}

/// Direction of a transfer with the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HostDirection {
    /// From the host to the chip.
    In,
    /// From the chip to the host.
    Out,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Action {
    /// Every tile runs its kernel.
    Compute(Box<Work>),
    /// Tiles exchange data.
    Exchange(Vec<Movement>),
    /// The host sends or receives.
    Host {
        /// Direction.
        direction: HostDirection,
        /// Bytes in all.
        bytes: u64,
    },
}

/// One bulk-synchronous step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it is, such as `block2a/b convolve`.
    pub name: String,
    /// Index into [`crate::Program::layers`].
    pub layer: usize,
    /// What it does.
    pub action: Action,
    /// Variables that it reads.
    pub reads: Vec<VariableId>,
    /// Variables that it writes.
    pub writes: Vec<VariableId>,
    /// Memory that it needs besides, and in which nothing is left for others.
    pub workspace: Vec<VariableId>,
}

impl Step {
    /// Variables that it reads, writes or works in.
    pub fn touches(&self) -> impl Iterator<Item = VariableId> {
        self.reads
            .iter()
            .chain(&self.writes)
            .chain(&self.workspace)
            .copied()
    }
}
