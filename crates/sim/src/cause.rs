//! Causes: why cycles were spent. Every tile-cycle of a run has exactly one.

use std::ops::{Add, AddAssign, Index, IndexMut};

/// Why a tile-cycle was spent, in the order in which the closed form gives them up (see docs/time.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// Useful multiply-accumulates at the peak of the run's precision.
    Ideal,
    /// Padding, half-used convolution units, a slower kernel than the convolution units.
    DotProductFill,
    /// Weight load, start-up and loops of the convolution kernels, worker imbalance.
    KernelOverhead,
    /// Waiting for the slowest tile, and tiles without work, in every step that computes or copies.
    TileImbalance,
    /// Everything that vector kernels do on a tile: norms, activations, elementwise, reductions, casts.
    VectorWork,
    /// On-tile copies between two layouts of one tensor.
    Rearrangement,
    /// Exchange between tiles, its latency and messages included.
    Exchange,
    /// Traffic between chips.
    Link,
    /// Synchronisation of the tiles.
    Sync,
    /// Traffic with the host and with streaming memory, and the tiles reserved for it while others compute.
    Host,
    /// Pipeline stages that wait.
    Bubble,
}

impl Cause {
    /// All causes, in order.
    pub const ALL: [Self; 11] = [
        Self::Ideal,
        Self::DotProductFill,
        Self::KernelOverhead,
        Self::TileImbalance,
        Self::VectorWork,
        Self::Rearrangement,
        Self::Exchange,
        Self::Link,
        Self::Sync,
        Self::Host,
        Self::Bubble,
    ];

    /// The name in JSON and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ideal => "ideal",
            Self::DotProductFill => "dot_product_fill",
            Self::KernelOverhead => "kernel_overhead",
            Self::TileImbalance => "tile_imbalance",
            Self::VectorWork => "vector_work",
            Self::Rearrangement => "rearrangement",
            Self::Exchange => "exchange",
            Self::Link => "link",
            Self::Sync => "sync",
            Self::Host => "host",
            Self::Bubble => "bubble",
        }
    }
}

/// Tile-cycles (tiles × cycles) by cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TileCycles([u64; Cause::ALL.len()]);

impl TileCycles {
    /// Sum over all causes.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The same causes, `times` over.
    #[must_use]
    pub fn repeated(mut self, times: u64) -> Self {
        for cycles in &mut self.0 {
            *cycles *= times;
        }
        self
    }
}

impl Index<Cause> for TileCycles {
    type Output = u64;
    fn index(&self, cause: Cause) -> &u64 {
        &self.0[cause as usize]
    }
}

impl IndexMut<Cause> for TileCycles {
    fn index_mut(&mut self, cause: Cause) -> &mut u64 {
        &mut self.0[cause as usize]
    }
}

impl Add for TileCycles {
    type Output = Self;
    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl AddAssign for TileCycles {
    fn add_assign(&mut self, other: Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }
}
