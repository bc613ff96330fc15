//! The run: every distinct action is costed once, then the steps are walked in their order.

use std::collections::HashMap;

use rayon::prelude::*;
use tilesim_machine::Machine;
use tilesim_program::{Action, Program, StepId};

use crate::{
    Cause, LayerProfile, Profile, SimError, StepKind, StepProfile, TileCycles, Traffic,
    code::{Code, StepCode},
    compute,
    cost::StepCost,
    exchange, host,
    memory::{self, BytesByTile},
    shared::{Geometry, SharedGeometry},
};

/// Runs a program on a machine.
///
/// # Errors
/// When a kernel cannot do what the program asks of it, or the machine has too few tiles.
pub fn simulate(program: &Program, machine: &Machine) -> Result<Profile, SimError> {
    run(program, machine, Geometry::Own)
}

/// As [`simulate`], with what other runs have worked out: the profile is the same.
///
/// # Errors
/// As [`simulate`].
pub fn simulate_sharing(
    program: &Program,
    machine: &Machine,
    shared: &SharedGeometry,
) -> Result<Profile, SimError> {
    run(program, machine, Geometry::Shared(shared))
}

fn run(program: &Program, machine: &Machine, geometry: Geometry<'_>) -> Result<Profile, SimError> {
    let bytes = BytesByTile::new(program, geometry);
    let Costs { of_step: costs, code } = costs(program, machine, geometry, &bytes)?;
    let mut visits = Vec::new();
    program
        .control
        .visit(&mut |step, repeats| visits.push((step, repeats)));
    let order: Vec<StepId> = visits.iter().map(|(step, _)| *step).collect();
    let (memory, peaks) = memory::profile(machine, program, &order, &bytes, &code);

    let tiles = u64::from(machine.tiles);
    let mut profile = Profile {
        tiles,
        cycles: 0,
        causes: TileCycles::default(),
        macs: 0,
        traffic: Traffic::default(),
        busy_tile_cycles: 0,
        convolution_tile_cycles: 0,
        busy_worker_tile_cycles: 0,
        steps: Vec::with_capacity(visits.len()),
        layers: program
            .layers
            .iter()
            .map(|layer| LayerProfile {
                name: layer.name.clone(),
                kind: layer.kind.clone(),
                macs: 0,
                cycles: 0,
                causes: TileCycles::default(),
                traffic: Traffic::default(),
                active_tiles: 0,
                plan: layer.plan.clone(),
                phase: layer.phase,
            })
            .collect(),
        memory,
    };
    for ((id, repeats), peak_tile_bytes) in visits.into_iter().zip(peaks) {
        let step = &program.steps[id.0 as usize];
        let cost = &costs[id.0 as usize];
        // All tiles agree that a step may begin, whether it exchanges or computes.
        let is_exchange = matches!(cost.kind, StepKind::Exchange | StepKind::Host);
        let sync = if cost.cycles > 0 {
            u64::from(machine.sync_cycles)
        } else {
            0
        };
        let once = cost.cycles + sync;
        let overflow = || SimError::Overflow {
            step: step.name.clone(),
        };
        let cycles = once.checked_mul(repeats).ok_or_else(overflow)?;
        profile.cycles = profile.cycles.checked_add(cycles).ok_or_else(overflow)?;
        profile.cycles.checked_mul(tiles).ok_or_else(overflow)?;
        let mut causes = cost.causes;
        causes[Cause::Sync] += sync * tiles;
        let causes = causes.repeated(repeats);
        let traffic = cost.traffic.repeated(repeats);
        profile.causes += causes;
        profile.traffic += traffic;
        let macs = cost.macs * repeats / cost.rounds;
        profile.macs += macs;
        profile.busy_tile_cycles += cost.busy_tile_cycles * repeats;
        profile.busy_worker_tile_cycles += cost.busy_worker_tile_cycles * repeats;
        if cost.kind == StepKind::Convolution {
            profile.convolution_tile_cycles += cost.busy_tile_cycles * repeats;
        }
        if let Some(layer) = profile.layers.get_mut(step.layer) {
            layer.macs += macs;
            layer.cycles += cycles;
            layer.causes += causes;
            layer.traffic += traffic;
            if !is_exchange {
                layer.active_tiles = layer.active_tiles.max(cost.active_tiles);
            }
        }
        profile.steps.push(StepProfile {
            layer: step.layer,
            name: step.name.clone(),
            kind: cost.kind,
            repeats,
            cycles,
            causes,
            traffic,
            active_tiles: cost.active_tiles,
            macs,
            busy_tile_cycles: cost.busy_tile_cycles * repeats,
            peak_tile_bytes,
        });
    }
    Ok(profile)
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
    geometry: Geometry<'_>,
    bytes: &BytesByTile,
) -> Result<Costs, SimError> {
    let mut index_of: HashMap<&Action, usize> = HashMap::new();
    let mut distinct = Vec::new();
    let indices: Vec<usize> = program
        .steps
        .iter()
        .map(|step| {
            *index_of.entry(&step.action).or_insert_with(|| {
                distinct.push(step);
                distinct.len() - 1
            })
        })
        .collect();
    let costs: Vec<Result<(StepCost, StepCode), SimError>> = distinct
        .par_iter()
        .map(|step| {
            Ok(match &step.action {
                Action::Compute(work) => {
                    let classes = geometry.classes(work);
                    (
                        compute::cost(machine, program.precision, &step.name, work, &classes)?,
                        StepCode::of_compute(machine, work, &classes),
                    )
                }
                Action::Exchange(movements) => {
                    let moved = geometry.moved(machine, movements);
                    (
                        exchange::cost(machine, &moved),
                        StepCode::of_exchange(machine, &moved),
                    )
                }
                Action::Host { bytes, .. } => (host::cost(machine, *bytes), StepCode::Nothing),
            })
        })
        .collect();
    let costs = costs.into_iter().collect::<Result<Vec<_>, _>>()?;
    // Every step has code of its own, even where two do alike: its addresses are others.
    let mut code = Code::new(machine, program, bytes);
    for (step, &index) in program.steps.iter().zip(&indices) {
        code.add(&costs[index].1, step);
    }
    Ok(Costs {
        of_step: indices.into_iter().map(|index| costs[index].0).collect(),
        code: code.by_tile(),
    })
}
