//! Durations in cycles of the tile clock.

use tilesim_machine::Machine;

/// Cycles in which so many bytes pass; `None` where counters do not hold them.
pub(crate) fn cycles_of_bytes(machine: &Machine, bytes: u64, bytes_per_second: u64) -> Option<u64> {
    let clock = u128::from(machine.clock_hz) * u128::from(bytes);
    u64::try_from(clock.div_ceil(u128::from(bytes_per_second.max(1)))).ok()
}

/// Cycles of so many nanoseconds; `None` where counters do not hold them.
pub(crate) fn cycles_of_nanoseconds(machine: &Machine, nanoseconds: u64) -> Option<u64> {
    let clock = u128::from(machine.clock_hz) * u128::from(nanoseconds);
    u64::try_from(clock.div_ceil(1_000_000_000)).ok()
}
