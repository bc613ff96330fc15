//! Steps in which the host sends or receives.

use tilesim_machine::Machine;

use crate::{Cause, SimError, StepKind, Traffic, clock, cost::StepCost};

/// All tiles wait until the host's bytes have passed.
pub(crate) fn cost(machine: &Machine, step: &str, bytes: u64) -> Result<StepCost, SimError> {
    let overflow = || SimError::Overflow {
        step: step.to_owned(),
    };
    let cycles =
        clock::cycles_of_bytes(machine, bytes, machine.host_bytes_per_second).ok_or_else(overflow)?;
    let mut cost = StepCost::nothing(StepKind::Host);
    cost.cycles = cycles;
    cost.causes[Cause::Host] = cycles
        .checked_mul(u64::from(machine.tiles))
        .ok_or_else(overflow)?;
    cost.traffic = Traffic {
        host_bytes: bytes,
        ..Traffic::default()
    };
    Ok(cost)
}
