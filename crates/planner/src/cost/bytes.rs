//! Bytes as cycles.

use tilesim_machine::Machine;

/// Cycles in which a tile receives `bytes`.
pub(crate) fn bytes_to_cycles(machine: &Machine, bytes: u64) -> u64 {
    bytes.div_ceil(u64::from(machine.exchange_bytes_per_cycle))
}
