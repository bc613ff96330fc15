//! What a kernel costs on one tile.

use std::ops::{Add, AddAssign};

/// Whose count of cycles is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Count {
    /// What the vendor's library charges, its known quirks included: for comparison with its tables.
    Vendor,
    /// What the machine would have to do: what the simulator charges.
    Machine,
}

/// Tile cycles of one kernel on one tile, taken apart; the total is their sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct VertexCycles {
    /// Convolutions: useful multiply-accumulates at the units' peak rate for these types. Vector kernels: the inner loops.
    pub useful: u64,
    /// Inner loops beyond that: channels, kernel rows and windows filled with zeros, a slower kernel than the peak.
    pub padding: u64,
    /// Loading weights into the units.
    pub weight_load: u64,
    /// Start-up, loop and zeroing overhead.
    pub overhead: u64,
    /// The slowest worker beyond the mean worker.
    pub worker_imbalance: u64,
}

impl VertexCycles {
    /// All cycles.
    pub const fn total(&self) -> u64 {
        self.useful + self.padding + self.weight_load + self.overhead + self.worker_imbalance
    }
}

impl Add for VertexCycles {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            useful: self.useful + other.useful,
            padding: self.padding + other.padding,
            weight_load: self.weight_load + other.weight_load,
            overhead: self.overhead + other.overhead,
            worker_imbalance: self.worker_imbalance + other.worker_imbalance,
        }
    }
}

impl AddAssign for VertexCycles {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// The whole cost of one tile's vertex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct VertexCost {
    /// Tile cycles.
    pub cycles: VertexCycles,
    /// Useful multiply-accumulates (convolutions only).
    pub macs: u64,
    /// Bytes read from the tile's SRAM, weights and re-read partials included.
    pub sram_read_bytes: u64,
    /// Bytes written to the tile's SRAM.
    pub sram_write_bytes: u64,
}
