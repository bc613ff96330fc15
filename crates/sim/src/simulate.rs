//! The run: every distinct action is costed once, then the steps are walked in their order.

use std::sync::Arc;

use rayon::prelude::*;
use tilesim_machine::Machine;
use tilesim_program::{Action, Precision, Program, Step, StepId};
use tilesim_terms::Cancellation;

use crate::{
    Cause, LayerProfile, MemoryProfile, Profile, SimError, StepKind, StepProfile, TileCycles, Traffic,
    actions::Actions,
    code::{Code, StepCode},
    compute,
    cost::StepCost,
    error::cancelled,
    exchange, host,
    memory::{self, BytesByTile},
    shared::{GeometrySource, StepAnswer, StepSource},
};

/// Runs a program on a machine.
///
/// # Errors
/// When a kernel cannot do what the program asks of it, or the machine has too few tiles.
pub fn simulate(
    program: &Program,
    machine: &Machine,
    geometry: GeometrySource<'_>,
) -> Result<Profile, SimError> {
    simulate_until(program, machine, geometry, &Cancellation::never())
}

/// As [`simulate`], until `cancellation` is asked for.
///
/// # Errors
/// As [`simulate`]; [`SimError::Cancelled`] where it was.
pub fn simulate_until(
    program: &Program,
    machine: &Machine,
    geometry: GeometrySource<'_>,
    cancellation: &Cancellation,
) -> Result<Profile, SimError> {
    simulate_replica(program, machine, geometry, &|_, _| None, cancellation)
}

/// Cycles of the steps of a program, one after the other as it says, without what lives when: those of its profile, but where the host
/// sends and receives beside them.
///
/// # Errors
/// As [`simulate_until`].
pub fn cycles(
    program: &Program,
    machine: &Machine,
    geometry: GeometrySource<'_>,
    cancellation: &Cancellation,
) -> Result<u64, SimError> {
    let actions = Actions::of(program);
    let answers = answers(
        &actions,
        program.precision,
        machine,
        geometry,
        &|_, _| None,
        cancellation,
    )?;
    let costs: Vec<StepCost> = actions.of_step.iter().map(|&index| answers[index].cost).collect();
    let mut visits = Vec::new();
    program
        .control
        .visit(&mut |step, repeats| visits.push((step, repeats)));
    let timed = timed(program, machine, &visits, &costs)?;
    let mut cycles = timed.iter().map(|(_, cycles)| *cycles);
    let sum = cycles.try_fold(0, u64::checked_add);
    sum.ok_or_else(|| SimError::Overflow {
        step: program.name.clone(),
    })
}

/// Cycles of adding up so many bytes over groups of so many replicas; `None` where there are no replicas, or too many cycles.
pub(crate) type AddUp<'a> = &'a (dyn Fn(u64, u32) -> Option<u64> + Sync);

/// Runs the program of a chip that may add up with those of other replicas.
///
/// # Errors
/// As [`simulate_until`].
pub(crate) fn simulate_replica(
    program: &Program,
    machine: &Machine,
    geometry: GeometrySource<'_>,
    add_up: AddUp<'_>,
    cancellation: &Cancellation,
) -> Result<Profile, SimError> {
    let bytes = BytesByTile::new(program, geometry);
    cancelled(cancellation)?;
    let Costs {
        of_step: mut costs,
        code,
    } = costs(program, machine, geometry, &bytes, add_up, cancellation)?;
    let mut visits = Vec::new();
    program
        .control
        .visit(&mut |step, repeats| visits.push((step, repeats)));
    let order: Vec<StepId> = visits.iter().map(|(step, _)| *step).collect();
    cancelled(cancellation)?;
    let (memory, peaks) = memory::profile(machine, program, &order, &bytes, &code);

    let mut profile = Profile::empty(machine, program, memory);
    if program.io_tiles > 0 {
        let timed = timed(program, machine, &visits, &costs)?;
        let beside = host::beside(program, machine, &timed, &mut costs)?;
        profile.host_transfers = beside.transfers;
        profile.host_fill_cycles = beside.fill;
    }
    for ((id, repeats), live_bytes) in visits.into_iter().zip(peaks) {
        let step = &program.steps[id.0 as usize];
        let cost = &costs[id.0 as usize];
        StepProfile::new(machine, program.io_tiles, step, cost, repeats, live_bytes)
            .and_then(|step| profile.add(cost, step))
            .ok_or_else(|| overflow(step))?;
    }
    Ok(profile)
}

/// Every visit with the cycles of all its repeats.
fn timed(
    program: &Program,
    machine: &Machine,
    visits: &[(StepId, u64)],
    costs: &[StepCost],
) -> Result<Vec<(StepId, u64)>, SimError> {
    let timed = visits.iter().map(|(id, repeats)| {
        let cost = &costs[id.0 as usize];
        let once = cost.cycles.checked_add(sync_cycles(machine, cost));
        once.and_then(|cycles| cycles.checked_mul(*repeats))
            .map(|cycles| (*id, cycles))
            .ok_or_else(|| overflow(&program.steps[id.0 as usize]))
    });
    timed.collect()
}

/// What all tiles take to agree that an exchange, or a transfer with the host, may begin. A tile goes from an exchange to a kernel and
/// from one kernel to the next by itself: on silicon these take their launch alone.
fn sync_cycles(machine: &Machine, cost: &StepCost) -> u64 {
    let agreed = matches!(cost.kind, StepKind::Exchange | StepKind::Host);
    if agreed && cost.cycles > 0 {
        u64::from(machine.sync_cycles)
    } else {
        0
    }
}

fn overflow(step: &Step) -> SimError {
    SimError::Overflow {
        step: step.name.clone(),
    }
}

impl StepProfile {
    /// A step in all its repeats; `None` where counters do not hold its figures. `io_tiles` are the host's while the others compute, and
    /// the end of waiting for the host needs no agreement of its own.
    fn new(
        machine: &Machine,
        io_tiles: u32,
        step: &Step,
        cost: &StepCost,
        repeats: u64,
        live_bytes: u64,
    ) -> Option<Self> {
        let waits_for_host = io_tiles > 0 && cost.kind == StepKind::Host;
        let sync = if waits_for_host {
            0
        } else {
            sync_cycles(machine, cost)
        };
        let tiles = u64::from(machine.tiles);
        let cycles = cost.cycles.checked_add(sync)?.checked_mul(repeats)?;
        // All causes together are these, so that none of them overflows.
        cycles.checked_mul(tiles)?;
        let mut causes = cost.causes;
        causes[Cause::Sync] += sync * tiles;
        if matches!(step.action, Action::Compute(_)) {
            // They have no vertex, so that they would count as tiles without work.
            let reserved = (u64::from(io_tiles) * cost.cycles).min(causes[Cause::TileImbalance]);
            causes[Cause::TileImbalance] -= reserved;
            causes[Cause::Host] += reserved;
        }
        Some(Self {
            layer: step.layer,
            name: step.name.clone(),
            kind: cost.kind,
            repeats,
            cycles,
            causes: causes.repeated(repeats),
            traffic: cost.traffic.checked_repeated(repeats)?,
            active_tiles: cost.active_tiles,
            macs: cost.macs.checked_mul(repeats)? / cost.rounds,
            busy_tile_cycles: cost.busy_tile_cycles * repeats,
            fullest_tile_bytes: live_bytes,
        })
    }
}

impl Profile {
    /// The profile of a run before its first step.
    fn empty(machine: &Machine, program: &Program, memory: MemoryProfile) -> Self {
        let layers = program.layers.iter().map(|layer| LayerProfile {
            name: layer.name.clone(),
            kind: layer.kind,
            macs: 0,
            cycles: 0,
            causes: TileCycles::default(),
            traffic: Traffic::default(),
            active_tiles: 0,
            plan: layer.plan.clone(),
            phase: layer.phase,
        });
        Self {
            tiles: u64::from(machine.tiles),
            cycles: 0,
            causes: TileCycles::default(),
            macs: 0,
            traffic: Traffic::default(),
            busy_tile_cycles: 0,
            convolution_tile_cycles: 0,
            busy_worker_tile_cycles: 0,
            host_transfers: Vec::new(),
            host_fill_cycles: 0,
            steps: Vec::new(),
            layers: layers.collect(),
            memory,
        }
    }

    /// Adds a step, which costs `cost` each time, to the run and to its layer; `None` where counters do not hold the sums.
    fn add(&mut self, cost: &StepCost, step: StepProfile) -> Option<()> {
        self.cycles = self.cycles.checked_add(step.cycles)?;
        // All causes of the run together are these, and a layer is a part of it.
        self.cycles.checked_mul(self.tiles)?;
        self.causes += step.causes;
        self.traffic = self.traffic.checked_add(step.traffic)?;
        self.macs = self.macs.checked_add(step.macs)?;
        self.busy_tile_cycles += step.busy_tile_cycles;
        self.busy_worker_tile_cycles += cost.busy_worker_tile_cycles * step.repeats;
        if step.kind == StepKind::Convolution {
            self.convolution_tile_cycles += step.busy_tile_cycles;
        }
        if let Some(layer) = self.layers.get_mut(step.layer) {
            layer.macs += step.macs;
            layer.cycles += step.cycles;
            layer.causes += step.causes;
            layer.traffic = layer.traffic.checked_add(step.traffic)?;
            if !matches!(step.kind, StepKind::Exchange | StepKind::Host) {
                layer.active_tiles = layer.active_tiles.max(step.active_tiles);
            }
        }
        self.steps.push(step);
        Some(())
    }
}

/// A step in which all tiles wait until other chips have added up with this one.
fn replicas_cost(machine: &Machine, step: &str, cycles: u64) -> Result<StepCost, SimError> {
    let mut cost = StepCost::nothing(StepKind::Exchange);
    cost.cycles = cycles;
    let tile_cycles = cycles.checked_mul(u64::from(machine.tiles));
    cost.causes[Cause::Link] = tile_cycles.ok_or_else(|| SimError::Overflow {
        step: step.to_owned(),
    })?;
    Ok(cost)
}

/// What all steps cost.
struct Costs {
    of_step: Vec<StepCost>,
    /// Bytes of code and vertex state of every tile.
    code: Vec<u64>,
}

/// The cost of every step; equal actions are costed once, different ones at the same time.
fn costs(
    program: &Program,
    machine: &Machine,
    geometry: GeometrySource<'_>,
    bytes: &BytesByTile,
    add_up: AddUp<'_>,
    cancellation: &Cancellation,
) -> Result<Costs, SimError> {
    let actions = Actions::of(program);
    let answers = answers(
        &actions,
        program.precision,
        machine,
        geometry,
        add_up,
        cancellation,
    )?;
    let mut code = Code::new(machine, program, bytes);
    for (index, step) in actions.with_code(program) {
        code.add(&answers[index].code, step);
    }
    Ok(Costs {
        of_step: (actions.of_step.into_iter())
            .map(|index| answers[index].cost)
            .collect(),
        code: code.by_tile(),
    })
}

/// What every distinct action costs, and its code; different ones are costed at the same time.
fn answers(
    actions: &Actions<'_>,
    precision: Precision,
    machine: &Machine,
    geometry: GeometrySource<'_>,
    add_up: AddUp<'_>,
    cancellation: &Cancellation,
) -> Result<Vec<Arc<StepAnswer>>, SimError> {
    let steps = StepSource::new(geometry, machine, precision);
    let answer = |step: &Step| {
        cancelled(cancellation)?;
        let (cost, code) = match &step.action {
            Action::Compute(work) => {
                let classes = geometry.classes(work);
                (
                    compute::cost(machine, precision, &step.name, work, &classes)?,
                    StepCode::of_compute(machine, &classes),
                )
            }
            Action::Exchange(movements) => {
                let moved = geometry.moved(machine, movements);
                (
                    exchange::cost(machine, &step.name, &moved)?,
                    StepCode::of_exchange(machine, &moved),
                )
            }
            Action::Host { bytes, .. } => (host::cost(machine, &step.name, *bytes)?, StepCode::Nothing),
            &Action::Replicas { group, bytes } => {
                let cycles = add_up(bytes, group).ok_or_else(|| SimError::Replicas {
                    step: step.name.clone(),
                    group,
                })?;
                (replicas_cost(machine, &step.name, cycles)?, StepCode::Nothing)
            }
        };
        Ok(StepAnswer { cost, code })
    };
    let answers: Vec<Result<Arc<StepAnswer>, SimError>> = actions
        .distinct
        .par_iter()
        .map(|(step, hash)| steps.of(*hash, &step.action, || answer(step)))
        .collect();
    answers.into_iter().collect()
}
