//! Steps: compute sets, exchanges and host transfers.

use crate::{VariableId, work::Work};
use tilesim_geometry::{PartialResultsTransfer, PartialSumsExchange, TileTransfer, Transfer};

/// One tensor's way between tiles within an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Movement {
    /// A tensor moves from where it is held to where it is needed.
    Transfer(Transfer),
    /// Partial results of a reduction go from every tile that has some to the one that joins them, all at once.
    PartialResults(PartialResultsTransfer),
    /// One stage of the reduction of a convolution's partial sums, among the tiles that share a cell of its grid.
    PartialSums(PartialSumsExchange),
}

impl Movement {
    /// What every tile does, up to the last tile that takes part; `tiles_per_bus` as [`Transfer::by_tile`] takes it.
    pub fn by_tile(&self, tiles_per_bus: u64) -> Vec<TileTransfer> {
        match self {
            Self::Transfer(transfer) => transfer.by_tile(tiles_per_bus),
            Self::PartialResults(transfer) => transfer.by_tile(),
            Self::PartialSums(stage) => stage.by_tile(),
        }
    }
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
    /// What the step reads is added up over replicas, element by element, and lies where it lay.
    Replicas {
        /// Neighbouring replicas that add up with one another.
        group: u32,
        /// Bytes of it on one replica.
        bytes: u64,
    },
}

/// One bulk-synchronous step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it is, such as `block2a/b convolve`.
    pub name: String,
    /// Index into the layers of the program.
    pub layer: usize,
    /// What it does.
    pub action: Action,
    /// Variables that it reads.
    pub reads: Vec<VariableId>,
    /// Variables that it writes.
    pub writes: Vec<VariableId>,
    /// Memory that it needs besides, and in which nothing is left for others.
    pub workspace: Vec<VariableId>,
    /// The call of a function that it is part of, if any. Calls share the code of what they do alike.
    pub call: Option<u32>,
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
