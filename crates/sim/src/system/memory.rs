//! Memory of a stage: its program's, and what it keeps of the micro-batches in flight.

use tilesim_program::system::{Slot, StageProgram, in_flight};

use crate::MemoryProfile;

/// Tile memory of one stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageMemory {
    /// Bytes that a tile has.
    pub tile_bytes: u64,
    /// Of its program ([`MemoryProfile::peak_bytes`]), with what is kept.
    pub peak_bytes: u64,
    /// Of those: what lives through the whole update (weights, accumulators, slots, code).
    pub always_live_bytes: u64,
    /// Of those: what is kept of the micro-batches in flight, spread over all tiles that compute.
    pub kept_bytes: u64,
    /// Micro-batches in flight.
    pub in_flight: u64,
    /// Name of the step at the peak.
    pub peak_step: String,
    /// Whether [`Self::peak_bytes`] are at most [`Self::tile_bytes`].
    pub fits: bool,
}

impl StageMemory {
    /// The memory of a stage whose program takes `memory`.
    pub(super) fn new(
        stage: &StageProgram,
        index: usize,
        slots: &[Slot],
        memory: &MemoryProfile,
        peak_step: String,
        tiles: u64,
    ) -> Self {
        let in_flight = in_flight(slots, index);
        let io_tiles = stage.program.io_tiles as usize;
        let computing = memory.peak_live_bytes_by_tile.len().saturating_sub(io_tiles);
        let kept = in_flight.saturating_mul(stage.kept_bytes);
        let kept_bytes = kept.div_ceil(tiles.saturating_sub(io_tiles as u64).max(1));
        let of_program = if io_tiles == 0 {
            memory.peak_bytes
        } else {
            // What is kept lies on the other tiles.
            let live = memory.peak_live_bytes_by_tile[..computing].iter().max();
            live.map_or(0, |live| live.saturating_add(memory.gap_bytes))
        };
        let peak_bytes = memory.peak_bytes.max(of_program.saturating_add(kept_bytes));
        Self {
            tile_bytes: memory.tile_bytes,
            peak_bytes,
            always_live_bytes: memory.always_live_bytes,
            kept_bytes,
            in_flight,
            peak_step,
            fits: peak_bytes <= memory.tile_bytes,
        }
    }
}
