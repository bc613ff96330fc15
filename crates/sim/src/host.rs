//! Steps in which the host sends or receives, and the chip waits for it or works on.

use std::collections::{BTreeMap, BTreeSet};

use tilesim_machine::Machine;
use tilesim_program::{Action, Program, Step, StepId, VariableId};

use crate::{Cause, HostTransfer, SimError, StepKind, Traffic, clock, cost::StepCost};

/// All tiles wait until the host's bytes have passed.
pub(crate) fn cost(machine: &Machine, step: &str, bytes: u64) -> Result<StepCost, SimError> {
    let cycles = clock::cycles_of_bytes(machine, bytes, machine.host_bytes_per_second)
        .ok_or_else(|| overflow(step))?;
    let mut cost = waiting(machine, step, cycles)?;
    cost.traffic = Traffic {
        host_bytes: bytes,
        ..Traffic::default()
    };
    Ok(cost)
}

/// A step in which all tiles wait for the host.
fn waiting(machine: &Machine, step: &str, cycles: u64) -> Result<StepCost, SimError> {
    let mut cost = StepCost::nothing(StepKind::Host);
    cost.cycles = cycles;
    cost.causes[Cause::Host] = cycles
        .checked_mul(u64::from(machine.tiles))
        .ok_or_else(|| overflow(step))?;
    Ok(cost)
}

/// Transfers beside everything else, where tiles are reserved for the host: they pass one after the other, at the rate of the link or
/// at which these tiles receive and send, whichever is less. What the host sends waits for a buffer that this batch has left, if there
/// is no other. `visits` are the steps in their order with the cycles that each takes; of a transfer that goes on after the last of
/// them the chip waits for the rest. All transfers.
///
/// # Errors
/// When counters do not hold a figure.
pub(crate) fn beside(
    program: &Program,
    machine: &Machine,
    visits: &[(StepId, u64)],
    costs: &mut [StepCost],
) -> Result<Beside, SimError> {
    let own = Own::of(program, visits)?;
    let mut transfers = Vec::new();
    let mut end = 0_u64;
    for (id, _) in visits {
        let step = &program.steps[id.0 as usize];
        let Action::Host { bytes, .. } = step.action else {
            continue;
        };
        let cost = &mut costs[id.0 as usize];
        let cycles = cost
            .cycles
            .max(cycles_on_io_tiles(machine, program.io_tiles, bytes));
        let start = end.max(own.first_free(step));
        end = start.checked_add(cycles).ok_or_else(|| overflow(&step.name))?;
        transfers.push(HostTransfer {
            name: step.name.clone(),
            start,
            cycles,
            bytes,
        });
        let traffic = cost.traffic;
        *cost = waiting(machine, &step.name, end.saturating_sub(start.max(own.cycles)))?;
        cost.traffic = traffic;
    }
    let sum: u64 = transfers.iter().map(|transfer| transfer.cycles).sum();
    let hidden = own.cycles.min(sum);
    let fill = program
        .batches_per_step
        .map_or(0, |batches| hidden / u64::from(batches.max(1)));
    let first = visits.iter().map(|(id, _)| id.0 as usize);
    let first = first
        .into_iter()
        .find(|&id| matches!(program.steps[id].action, Action::Host { .. }));
    if let Some(id) = first.filter(|_| fill > 0) {
        let (name, cost) = (&program.steps[id].name, &mut costs[id]);
        let traffic = cost.traffic;
        let cycles = cost.cycles.checked_add(fill).ok_or_else(|| overflow(name))?;
        *cost = waiting(machine, name, cycles)?;
        cost.traffic = traffic;
    }
    Ok(Beside { transfers, fill })
}

/// What passes beside the steps.
pub(crate) struct Beside {
    pub(crate) transfers: Vec<HostTransfer>,
    /// Of a batch: its share of what nothing hides, where a call of the host runs so many. N batches need N transfers and N times the
    /// chip, of which the first of the one and the last of the other have nothing beside them.
    pub(crate) fill: u64,
}

/// The time of the steps in which the host takes no part.
struct Own {
    /// All of them.
    cycles: u64,
    /// When what the host writes is read for the last time.
    free: BTreeMap<VariableId, u64>,
}

impl Own {
    fn of(program: &Program, visits: &[(StepId, u64)]) -> Result<Self, SimError> {
        let mut own = Self {
            cycles: 0,
            free: BTreeMap::new(),
        };
        let is_host = |step: &Step| matches!(step.action, Action::Host { .. });
        let written: BTreeSet<VariableId> = (program.steps.iter())
            .filter(|step| is_host(step))
            .flat_map(|step| step.writes.iter().copied())
            .collect();
        for (id, cycles) in visits {
            let step = &program.steps[id.0 as usize];
            if is_host(step) {
                continue;
            }
            own.cycles = own
                .cycles
                .checked_add(*cycles)
                .ok_or_else(|| overflow(&step.name))?;
            for read in step.reads.iter().filter(|read| written.contains(read)) {
                own.free.insert(*read, own.cycles);
            }
        }
        Ok(own)
    }

    /// When the first of the buffers that a transfer may write is free.
    fn first_free(&self, step: &Step) -> u64 {
        let of_buffers = step.writes.iter().map(|buffer| self.free.get(buffer));
        of_buffers.min().flatten().copied().unwrap_or(0)
    }
}

/// Cycles in which the I/O tiles receive or send so many bytes, shared out evenly.
pub(crate) fn cycles_on_io_tiles(machine: &Machine, io_tiles: u32, bytes: u64) -> u64 {
    let rate = u64::from(io_tiles) * u64::from(machine.exchange_bytes_per_cycle);
    bytes.div_ceil(rate.max(1))
}

fn overflow(step: &str) -> SimError {
    SimError::Overflow {
        step: step.to_owned(),
    }
}
