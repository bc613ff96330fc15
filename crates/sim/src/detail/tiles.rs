//! What every tile did over the run.

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use tilesim_machine::Machine;
use tilesim_program::{Action, Program, Step, StepId, Vertex, Work};

use super::TileProfile;
use crate::{SimError, StepKind, compute, exchange};

/// Cycles and bytes of every tile.
pub(super) fn activity(
    program: &Program,
    machine: &Machine,
    visits: &[(StepId, u64)],
) -> Result<Vec<TileProfile>, SimError> {
    let actions = Actions::of(program, visits);
    let mut repeats = vec![0; actions.distinct.len()];
    for (&action, (_, times)) in actions.of_visits.iter().zip(visits) {
        repeats[action] += times;
    }
    let mut sum = vec![TileProfile::default(); machine.tiles as usize];
    for (tiles, times) in actions.profiles(machine).into_iter().zip(repeats) {
        for (sum, tile) in sum.iter_mut().zip(tiles?) {
            sum.add(&tile.repeated(times));
        }
    }
    Ok(sum)
}

/// For each of the chosen tiles the cycles of every visit in which it computes or exchanges, latency left out.
pub(super) fn active_cycles(
    program: &Program,
    machine: &Machine,
    visits: &[(StepId, u64)],
    chosen: &[u32],
) -> Result<Vec<Vec<u64>>, SimError> {
    let actions = Actions::of(program, visits);
    let profiles = actions
        .profiles(machine)
        .into_iter()
        .collect::<Result<Vec<_>, SimError>>()?;
    Ok(chosen
        .iter()
        .map(|&tile| {
            let of_visits = actions.of_visits.iter().zip(visits);
            of_visits
                .map(|(&action, (_, times))| {
                    let profile = profiles[action].get(tile as usize);
                    times * profile.map_or(0, |tile| tile.busy_cycles() + tile.exchange_cycles)
                })
                .collect()
        })
        .collect())
}

/// What steps do; equal actions are worked out once, different ones at the same time.
struct Actions<'a> {
    /// A step of each action.
    distinct: Vec<&'a Step>,
    /// The action of each visit.
    of_visits: Vec<usize>,
}

impl<'a> Actions<'a> {
    fn of(program: &'a Program, visits: &[(StepId, u64)]) -> Self {
        let mut index_of: FxHashMap<&Action, usize> = FxHashMap::default();
        let mut distinct = Vec::new();
        let of_visits = visits
            .iter()
            .map(|(id, _)| {
                let step = &program.steps[id.0 as usize];
                *index_of.entry(&step.action).or_insert_with(|| {
                    distinct.push(step);
                    distinct.len() - 1
                })
            })
            .collect();
        Self { distinct, of_visits }
    }

    /// What every tile does in each action, once.
    fn profiles(&self, machine: &Machine) -> Vec<Result<Vec<TileProfile>, SimError>> {
        self.distinct
            .par_iter()
            .map(|step| of_step(machine, step))
            .collect()
    }
}

fn of_step(machine: &Machine, step: &Step) -> Result<Vec<TileProfile>, SimError> {
    match &step.action {
        Action::Compute(work) => computing(machine, &step.name, work),
        Action::Exchange(movements) => Ok(exchange::by_tile(machine, movements)
            .iter()
            .map(|tile| TileProfile {
                exchange_cycles: tilesim_codelets::exchange::cycles(machine, tile),
                exchange_sent_bytes: tile.sent_bytes,
                exchange_received_bytes: tile.received_bytes,
                ..TileProfile::default()
            })
            .collect()),
        Action::Host { .. } | Action::Replicas { .. } => Ok(Vec::new()),
    }
}

fn computing(machine: &Machine, name: &str, work: &Work) -> Result<Vec<TileProfile>, SimError> {
    let kind = compute::kind(work);
    // Tiles have few distinct vertices.
    let mut cycles_of: FxHashMap<Vertex, u64> = FxHashMap::default();
    work.by_tile()
        .into_iter()
        .map(|vertex| {
            let Some(vertex) = vertex else {
                return Ok(TileProfile::default());
            };
            let cycles = if let Some(&cycles) = cycles_of.get(&vertex) {
                cycles
            } else {
                let cycles = compute::vertex_cost(machine, name, &vertex)?.cycles.total();
                cycles_of.insert(vertex, cycles);
                cycles
            };
            let mut tile = TileProfile::default();
            *tile.cycles_mut(kind) = cycles;
            Ok(tile)
        })
        .collect()
}

impl TileProfile {
    /// Cycles in which the tile runs a kernel.
    pub fn busy_cycles(&self) -> u64 {
        self.convolution_cycles + self.vector_cycles + self.rearrangement_cycles
    }

    fn cycles_mut(&mut self, kind: StepKind) -> &mut u64 {
        match kind {
            StepKind::Convolution => &mut self.convolution_cycles,
            StepKind::Vector => &mut self.vector_cycles,
            StepKind::Rearrangement => &mut self.rearrangement_cycles,
            StepKind::Exchange | StepKind::Host => &mut self.exchange_cycles,
        }
    }

    fn repeated(self, times: u64) -> Self {
        Self {
            convolution_cycles: self.convolution_cycles * times,
            vector_cycles: self.vector_cycles * times,
            rearrangement_cycles: self.rearrangement_cycles * times,
            exchange_cycles: self.exchange_cycles * times,
            exchange_sent_bytes: self.exchange_sent_bytes * times,
            exchange_received_bytes: self.exchange_received_bytes * times,
            ..self
        }
    }

    fn add(&mut self, other: &Self) {
        self.convolution_cycles += other.convolution_cycles;
        self.vector_cycles += other.vector_cycles;
        self.rearrangement_cycles += other.rearrangement_cycles;
        self.exchange_cycles += other.exchange_cycles;
        self.exchange_sent_bytes += other.exchange_sent_bytes;
        self.exchange_received_bytes += other.exchange_received_bytes;
    }
}
