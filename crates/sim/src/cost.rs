//! What one step costs, once, without its synchronisation.

use crate::{StepKind, TileCycles, Traffic};

/// The cost of one step, run once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StepCost {
    pub(crate) kind: StepKind,
    /// Cycles of the slowest tile.
    pub(crate) cycles: u64,
    /// Sums to `cycles` × tiles.
    pub(crate) causes: TileCycles,
    pub(crate) traffic: Traffic,
    /// Tiles with work.
    pub(crate) active_tiles: u64,
    /// Useful multiply-accumulates.
    pub(crate) macs: u64,
    /// Runs of the step that these are spread over.
    pub(crate) rounds: u64,
    /// Tile-cycles with a kernel running.
    pub(crate) busy_tile_cycles: u64,
    /// Of those: tile-cycles' worth of workers that had work.
    pub(crate) busy_worker_tile_cycles: u64,
}

impl StepCost {
    /// A step in which nothing happens.
    pub(crate) fn nothing(kind: StepKind) -> Self {
        Self {
            kind,
            cycles: 0,
            causes: TileCycles::default(),
            traffic: Traffic::default(),
            active_tiles: 0,
            macs: 0,
            rounds: 1,
            busy_tile_cycles: 0,
            busy_worker_tile_cycles: 0,
        }
    }
}
