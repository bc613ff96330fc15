//! Steps in which the host sends or receives.

use tilesim_machine::Machine;

use crate::{Cause, StepKind, Traffic, cost::StepCost};

/// All tiles wait until the host's bytes have passed.
pub(crate) fn cost(machine: &Machine, bytes: u64) -> StepCost {
    let clock = u128::from(machine.clock_hz) * u128::from(bytes);
    let cycles = clock.div_ceil(u128::from(machine.host_bytes_per_second.max(1)));
    let cycles = u64::try_from(cycles).unwrap_or(u64::MAX);
    let tiles = u64::from(machine.tiles);
    let mut cost = StepCost::nothing(StepKind::Host);
    cost.cycles = cycles;
    cost.causes[Cause::Host] = cycles.saturating_mul(tiles);
    cost.traffic = Traffic {
        host_bytes: bytes,
        ..Traffic::default()
    };
    cost
}
