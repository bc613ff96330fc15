//! What a simulation of a system found out.

use tilesim_machine::Machine;
use tilesim_program::system::{Pass, SystemProgram};
use tilesim_terms::Phase;

use super::{Span, StageMemory, StageTime, SystemTime};
use crate::{Cause, Profile, TileCycles};

/// One micro-batch and one update of a stage, by phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PhaseCycles {
    cycles: [u64; Phase::ALL.len()],
    causes: [TileCycles; Phase::ALL.len()],
}

impl PhaseCycles {
    /// Sums up the layers of each phase.
    pub fn of(profile: &Profile) -> Self {
        let mut sums = Self::default();
        for layer in &profile.layers {
            sums.cycles[layer.phase as usize] += layer.cycles;
            sums.causes[layer.phase as usize] += layer.causes;
        }
        sums
    }

    /// Cycles of a phase.
    pub const fn cycles(&self, phase: Phase) -> u64 {
        self.cycles[phase as usize]
    }

    /// Tile-cycles of a phase by cause.
    pub const fn causes(&self, phase: Phase) -> &TileCycles {
        &self.causes[phase as usize]
    }
}

/// What a stage waits for over the whole update, in cycles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// While the pipeline fills and drains.
    pub fill_and_drain: u64,
    /// For slower stages.
    pub slower_stages: u64,
}

/// One stage.
#[derive(Debug, Clone, PartialEq)]
pub struct StageProfile {
    /// Its program: one micro-batch and one update.
    pub profile: Profile,
    /// The same by phase.
    pub phases: PhaseCycles,
    /// Its share in the whole update.
    pub time: StageTime,
    /// What it does when, from the first cycle of the update to the last.
    pub spans: Vec<Span>,
    /// Tile-cycles of the whole update by phase, in the order of [`Phase::ALL`], and cause; they sum to the system's cycles ×
    /// tiles.
    pub causes: [TileCycles; Phase::ALL.len()],
    /// Memory.
    pub memory: StageMemory,
}

/// Over passes.
const fn sum(of: &[u64; Pass::ALL.len()]) -> u64 {
    of[0] + of[1] + of[2]
}

impl StageProfile {
    /// Cycles of its own work on a micro-batch.
    pub const fn work(&self) -> u64 {
        let phases = &self.phases;
        phases.cycles(Phase::Forward) + phases.cycles(Phase::Recompute) + phases.cycles(Phase::Backward)
    }

    /// What it waits for.
    pub const fn waiting(&self) -> Waiting {
        Waiting {
            fill_and_drain: sum(&self.time.idle),
            slower_stages: sum(&self.time.waiting) + self.time.update_waiting,
        }
    }
}

/// The result of simulating one weight update of a system.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemProfile {
    /// Tiles of each chip.
    pub tiles: u64,
    /// Replicas of the pipeline.
    pub replicas: u64,
    /// Images of one weight update, over all replicas.
    pub images: u64,
    /// Cycles of one weight update.
    pub cycles: u64,
    /// Most cycles from one micro-batch to the next: of a slot with all stages at work, copies between chips included.
    pub full_slot: u64,
    /// Stages, in the order of the network.
    pub stages: Vec<StageProfile>,
}

impl SystemProfile {
    pub(super) fn new(
        program: &SystemProgram,
        machine: &Machine,
        profiles: Vec<Profile>,
        phases: Vec<PhaseCycles>,
        time: SystemTime,
        spans: Vec<Vec<Span>>,
    ) -> Self {
        let tiles = u64::from(machine.tiles);
        let stages = profiles
            .into_iter()
            .zip(phases)
            .zip(time.stages)
            .zip(spans)
            .enumerate()
            .map(|(index, (((profile, phases), time), spans))| StageProfile {
                memory: StageMemory::new(program, index, &profile, tiles),
                causes: causes(&phases, &time, tiles),
                profile,
                phases,
                time,
                spans,
            })
            .collect();
        Self {
            tiles,
            replicas: u64::from(program.replicas),
            images: program
                .micro_batch
                .saturating_mul(program.micro_batches)
                .saturating_mul(u64::from(program.replicas)),
            cycles: time.cycles,
            full_slot: time.full_slot,
            stages,
        }
    }

    /// Whether every stage fits.
    pub fn fits(&self) -> bool {
        self.stages.iter().all(|stage| stage.memory.fits)
    }

    /// The stage whose own work on a micro-batch takes longest.
    pub fn slowest_stage(&self) -> usize {
        let most = self.stages.iter().map(StageProfile::work).max().unwrap_or(0);
        let slowest = self.stages.iter().position(|stage| stage.work() == most);
        slowest.unwrap_or(0)
    }

    /// Own work of the slowest stage on a micro-batch over the mean of all stages: how well the splits balance them, 1 where they are
    /// equal.
    pub fn balance(&self) -> f64 {
        let most = self.stages.iter().map(StageProfile::work).max().unwrap_or(0);
        let all: u64 = self.stages.iter().map(StageProfile::work).sum();
        if all == 0 {
            1.0
        } else {
            most as f64 * self.stages.len() as f64 / all as f64
        }
    }

    /// Tile-cycles of all chips of one replica by phase and cause.
    pub fn causes(&self) -> [TileCycles; Phase::ALL.len()] {
        let mut sums = [TileCycles::default(); Phase::ALL.len()];
        for stage in &self.stages {
            for (sum, causes) in sums.iter_mut().zip(stage.causes) {
                *sum += causes;
            }
        }
        sums
    }
}

/// Tile-cycles of the whole update of one stage, by phase and cause.
fn causes(phases: &PhaseCycles, time: &StageTime, tiles: u64) -> [TileCycles; Phase::ALL.len()] {
    let mut sums = Phase::ALL.map(|phase| {
        let pass = Pass::ALL.into_iter().find(|pass| pass.phase() == phase);
        let times = pass.map_or(1, |pass| time.passes[pass as usize]);
        phases.causes(phase).repeated(times)
    });
    for pass in Pass::ALL {
        let causes = &mut sums[pass.phase() as usize];
        let index = pass as usize;
        causes[Cause::Bubble] += (time.idle[index] + time.waiting[index]) * tiles;
        causes[Cause::Link] += time.link[index] * tiles;
        causes[Cause::Sync] += time.sync[index] * tiles;
    }
    sums[Phase::Forward as usize][Cause::Host] += time.host * tiles;
    let update = &mut sums[Phase::Update as usize];
    update[Cause::Bubble] += time.update_waiting * tiles;
    update[Cause::Link] += time.all_reduce * tiles;
    update[Cause::Host] += time.streaming * tiles;
    sums
}
