//! From the profile of a system to a result: a pure function.

use tilesim_sim::{
    Cause, TileCycles,
    system::{StageProfile, SystemProfile},
};
use tilesim_terms::Phase;

use super::{
    CyclesByPhase, PhaseCycles, StageLayer, StageMemory, StageResult, StageWaits, SystemMemory,
    SystemSection, TRAINING_SCHEMA, TrainingResult, TrainingTime,
};
use crate::{CyclesByCause, MachineFacts, MachineSection, ModelSection, ReportError, Resident, Theoretical};

/// What a training result states beside the profile.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingFacts {
    /// The network.
    pub model: ModelSection,
    /// The machine.
    pub machine: MachineFacts,
    /// The system.
    pub system: SystemSection,
    /// What the network costs in theory, for one image.
    pub theoretical: Theoretical,
    /// First and last block of every stage.
    pub blocks: Vec<[String; 2]>,
}

/// The result of a weight update.
///
/// # Errors
/// Where the profile does not add up, see [`ReportError`].
pub fn summarise_training(
    profile: &SystemProfile,
    facts: &TrainingFacts,
) -> Result<TrainingResult, ReportError> {
    let machine = &facts.machine;
    if profile.tiles == 0 || machine.clock_hz == 0 {
        return Err(ReportError::Machine {
            tiles: profile.tiles,
            clock_hz: machine.clock_hz,
        });
    }
    let chips = profile.stages.len() as u64;
    let by_phase = profile.causes();
    let whole = by_phase
        .iter()
        .fold(TileCycles::default(), |sum, causes| sum + *causes);
    let stages = profile
        .stages
        .iter()
        .enumerate()
        .map(|(index, stage)| stage_result(stage, profile, facts.blocks.get(index).cloned()))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(TrainingResult {
        schema: TRAINING_SCHEMA.to_owned(),
        model: facts.model.clone(),
        machine: MachineSection {
            name: machine.name.clone(),
            overrides: machine.overrides.clone(),
            tiles: profile.tiles,
            clock_hz: machine.clock_hz,
            peak_macs_per_cycle: machine.peak_macs_per_cycle.saturating_mul(profile.tiles),
        },
        system: facts.system.clone(),
        theoretical: facts.theoretical,
        time: time(profile, machine.clock_hz, &whole),
        memory: memory(profile),
        cycles_by_cause: CyclesByCause::from_tile_cycles(
            &whole,
            profile.tiles * chips,
            profile.cycles,
            || "the update".to_owned(),
        )?,
        cycles_by_phase: cycles_by_phase(&by_phase, profile.tiles * chips)?,
        slowest_stage: profile.slowest_stage() as u64,
        balance: profile.balance(),
        stages,
        proposal: None,
    })
}

fn time(profile: &SystemProfile, clock_hz: u64, whole: &TileCycles) -> TrainingTime {
    let seconds = profile.cycles as f64 / clock_hz as f64;
    let per_second = |count: f64| if profile.cycles == 0 { 0.0 } else { count / seconds };
    let stages = profile.stages.len().max(1) as f64;
    let macs: f64 = profile
        .stages
        .iter()
        .map(|stage| stage.profile.macs as f64 * stage.time.micro_batches() as f64 * profile.replicas as f64)
        .sum();
    let bubble = whole[Cause::Bubble] as f64 / (profile.tiles.max(1) as f64 * stages);
    TrainingTime {
        cycles: profile.cycles,
        seconds,
        images_per_second: per_second(profile.images as f64),
        flops_per_second: per_second(2.0 * macs),
        full_slot_cycles: profile.full_slot,
        pipeline_efficiency: if profile.cycles == 0 {
            1.0
        } else {
            1.0 - bubble / profile.cycles as f64
        },
    }
}

fn memory(profile: &SystemProfile) -> SystemMemory {
    let fullest = profile
        .stages
        .iter()
        .enumerate()
        .max_by_key(|(index, stage)| (stage.memory.peak_bytes, std::cmp::Reverse(*index)));
    let (stage, memory) = fullest.map_or((0, None), |(index, stage)| (index, Some(&stage.memory)));
    SystemMemory {
        tile_bytes: memory.map_or(0, |memory| memory.tile_bytes),
        peak_bytes: memory.map_or(0, |memory| memory.peak_bytes),
        fullest_stage: stage as u64,
        fits: profile.fits(),
        largest_micro_batch: None,
    }
}

fn stage_result(
    stage: &StageProfile,
    system: &SystemProfile,
    blocks: Option<[String; 2]>,
) -> Result<StageResult, ReportError> {
    let whole = stage
        .causes
        .iter()
        .fold(TileCycles::default(), |sum, causes| sum + *causes);
    let (time, waiting, memory) = (&stage.time, stage.waiting(), &stage.memory);
    Ok(StageResult {
        blocks: blocks.unwrap_or_default(),
        cycles: PhaseCycles {
            forward: stage.phases.cycles(Phase::Forward),
            recompute: stage.phases.cycles(Phase::Recompute),
            backward: stage.phases.cycles(Phase::Backward),
            update: stage.phases.cycles(Phase::Update),
        },
        waits: StageWaits {
            fill_and_drain: waiting.fill_and_drain,
            slower_stages: waiting.slower_stages,
            link: time.link.iter().sum(),
            sync: time.sync.iter().sum(),
            host: time.host,
            all_reduce: time.all_reduce,
            streaming: time.streaming,
        },
        cycles_by_cause: CyclesByCause::from_tile_cycles(&whole, system.tiles, system.cycles, || {
            "a stage".to_owned()
        })?,
        cycles_by_phase: cycles_by_phase(&stage.causes, system.tiles)?,
        memory: StageMemory {
            peak_bytes: memory.peak_bytes,
            gap_bytes: stage.profile.memory.gap_bytes,
            always_live_bytes: memory.always_live_bytes,
            kept_bytes: memory.kept_bytes,
            in_flight: memory.in_flight,
            peak_step: memory.peak_step.clone(),
            fits: memory.fits,
            largest_micro_batch: None,
            residents: stage
                .profile
                .memory
                .residents
                .iter()
                .map(Resident::from)
                .collect(),
        },
        layers: layers(stage)?,
    })
}

/// Phases whose tile-cycles are divided by `tiles`; what rounding leaves of each is in its `dot_product_fill`. They sum to the cycles of
/// all.
fn cycles_by_phase(
    causes: &[TileCycles; Phase::ALL.len()],
    tiles: u64,
) -> Result<CyclesByPhase, ReportError> {
    let of = |phase: Phase| {
        // A phase need not be whole cycles of all chips: a cycle that two phases share counts for the later one.
        let end_of = |phases: &[TileCycles]| phases.iter().map(TileCycles::total).sum::<u64>() / tiles.max(1);
        let index = phase as usize;
        let cycles = end_of(&causes[..=index]) - end_of(&causes[..index]);
        let mut whole = causes[index];
        let most = Cause::ALL.into_iter().max_by_key(|&cause| whole[cause]);
        if let Some(most) = most {
            let others = whole.total() - whole[most];
            whole[most] = (cycles * tiles).saturating_sub(others);
        }
        CyclesByCause::from_tile_cycles(&whole, tiles, cycles, || phase.name().to_owned())
    };
    Ok(CyclesByPhase {
        forward: of(Phase::Forward)?,
        recompute: of(Phase::Recompute)?,
        backward: of(Phase::Backward)?,
        update: of(Phase::Update)?,
    })
}

fn layers(stage: &StageProfile) -> Result<Vec<StageLayer>, ReportError> {
    let profile = &stage.profile;
    let mut steps = vec![0_u64; profile.layers.len()];
    for step in &profile.steps {
        if let Some(count) = steps.get_mut(step.layer) {
            *count += step.repeats;
        }
    }
    profile
        .layers
        .iter()
        .zip(steps)
        // Layers that have nothing to do in a phase.
        .filter(|(_, steps)| *steps > 0)
        .map(|(layer, steps)| {
            Ok(StageLayer {
                name: layer.name.clone(),
                kind: layer.kind,
                phase: layer.phase,
                macs: layer.macs,
                steps,
                cycles: layer.cycles,
                cycles_by_cause: CyclesByCause::from_tile_cycles(
                    &layer.causes,
                    profile.tiles,
                    layer.cycles,
                    || format!("layer `{}`", layer.name),
                )?,
            })
        })
        .collect()
}
