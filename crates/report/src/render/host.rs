//! Overlapped transfers with the host in words.

use super::units::{bytes, grouped, percent};
use crate::RunResult;

/// The transfers of a run in one sentence; nothing where none overlap.
pub fn host_sentence(result: &RunResult) -> Option<String> {
    let (overlap, host) = (result.run.overlap?, result.host?);
    let binding = if host.binds {
        format!(
            "the host binds: the chip waits {} cycles for it ({})",
            grouped(host.waiting_cycles),
            percent(host.waiting_cycles as f64 / result.time.cycles.max(1) as f64),
        )
    } else {
        format!(
            "hidden behind the chip's {} ({})",
            grouped(result.time.cycles),
            percent(host.transfer_cycles as f64 / result.time.cycles.max(1) as f64),
        )
    };
    let full = if host.io_tile_bytes > result.memory.tile_bytes {
        ", which is more than there is"
    } else {
        ""
    };
    Some(format!(
        "transfers of {} cycles beside the other tiles, {binding}; {} I/O tiles hold up to {} of {}{full}",
        grouped(host.transfer_cycles),
        overlap.io_tiles,
        bytes(host.io_tile_bytes),
        bytes(result.memory.tile_bytes),
    ))
}
