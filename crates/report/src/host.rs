//! What overlapped transfers with the host take of the chip, and whether they bind.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilesim_sim::{Profile, StepKind};
use tilesim_terms::{HostIo, HostTransfers};

/// What overlapped transfers take of the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OverlapSection {
    /// Tiles reserved for the host, the last ones of the chip: they compute nothing.
    pub io_tiles: u64,
    /// Batches that these hold at a time.
    pub prefetch_depth: u64,
    /// Batches that one call of the host runs; absent where the run is one of endlessly many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batches_per_step: Option<u64>,
}

impl OverlapSection {
    /// What transfers take; nothing where they do not overlap.
    pub fn of(host: HostTransfers) -> Option<Self> {
        (host.io == HostIo::Overlapped).then(|| Self {
            io_tiles: u64::from(host.reserved_tiles()),
            prefetch_depth: u64::from(host.buffers()),
            batches_per_step: host.batches_per_step.map(u64::from),
        })
    }
}

/// Transfers with the host that pass while the chip computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostTime {
    /// Cycles in which a batch passes from the host, and the results of one to it.
    pub transfer_cycles: u64,
    /// Cycles of a batch in which the chip has nothing to do but wait for them.
    pub waiting_cycles: u64,
    /// Of those: the batch's share of the first transfer in and the last one out of a call of the host.
    pub fill_cycles: u64,
    /// Whether it waits for more than that: then the host says how long a batch takes, and not the chip.
    pub binds: bool,
    /// Bytes of the fullest I/O tile.
    pub io_tile_bytes: u64,
}

impl HostTime {
    /// What a profile says of them.
    pub(crate) fn of(profile: &Profile, overlap: OverlapSection) -> Self {
        let host = profile.steps.iter().filter(|step| step.kind == StepKind::Host);
        let waiting_cycles = host.map(|step| step.cycles).sum();
        let held = profile.memory.peak_live_bytes_by_tile.iter().rev();
        let io_tiles = usize::try_from(overlap.io_tiles).unwrap_or(usize::MAX);
        Self {
            transfer_cycles: profile.host_transfer_cycles(),
            waiting_cycles,
            fill_cycles: profile.host_fill_cycles,
            binds: waiting_cycles > profile.host_fill_cycles,
            io_tile_bytes: held.take(io_tiles).copied().max().unwrap_or(0),
        }
    }
}
