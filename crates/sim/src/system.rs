//! Systems: the time of one weight update over all chips, from what each stage takes for one micro-batch.

mod memory;
mod profile;
mod spans;
mod timeline;
mod walk;

pub use memory::StageMemory;
pub use profile::{PhaseCycles, StageProfile, SystemProfile, Waiting};
pub use spans::{Activity, Span, spans};
pub use timeline::{StageCycles, StageTime, SystemTime, Transfers, timeline};

use rayon::prelude::*;
use tilesim_machine::{Machine, system::Interconnect};
use tilesim_program::system::{StageProgram, SystemProgram};
use tilesim_terms::{Cancellation, Phase};

use crate::{GeometrySource, Profile, SimError, clock, host as chip_host, simulate::simulate_replica};

/// Runs one weight update of a system, until `cancellation` is asked for.
///
/// # Errors
/// As [`simulate_until`](crate::simulate_until()), of the first stage that cannot run.
pub fn simulate_system(
    program: &SystemProgram,
    machine: &Machine,
    interconnect: &Interconnect,
    geometry: GeometrySource<'_>,
    cancellation: &Cancellation,
) -> Result<SystemProfile, SimError> {
    let add_up = |bytes, group| {
        let stages = u32::try_from(program.stages.len()).unwrap_or(u32::MAX);
        let nanoseconds = interconnect.all_reduce_nanoseconds([bytes], group, stages);
        clock::cycles_of_nanoseconds(machine, nanoseconds)
    };
    let profiles = program
        .stages
        .par_iter()
        .map(|stage| simulate_replica(&stage.program, machine, geometry, &add_up, cancellation))
        .collect::<Vec<Result<Profile, SimError>>>()
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    let phases: Vec<PhaseCycles> = profiles.iter().map(PhaseCycles::of).collect();
    let durations = durations(program, machine, interconnect, &phases)
        .filter(|(cycles, transfers)| are_countable(program, machine, cycles, transfers));
    let Some((cycles, transfers)) = durations else {
        return Err(SimError::Overflow {
            step: format!("the update of {}", program.name),
        });
    };
    let time = timeline(&program.slots, &cycles, &transfers);
    let spans = spans(&program.slots, &cycles, &transfers);
    Ok(SystemProfile::new(
        program, machine, profiles, phases, time, spans,
    ))
}

/// How long each stage works, and what passes between stages takes; `None` where counters do not hold it.
fn durations(
    program: &SystemProgram,
    machine: &Machine,
    interconnect: &Interconnect,
    phases: &[PhaseCycles],
) -> Option<(Vec<StageCycles>, Transfers)> {
    let streaming_rate = interconnect.streaming_bytes_per_second;
    let stages = program.stages.iter().zip(phases).map(|(stage, phases)| {
        Some(StageCycles {
            host: host_cycles(program, stage, machine, interconnect)?,
            host_buffers: stage.host_buffers,
            forward: phases.cycles(Phase::Forward),
            recompute: phases.cycles(Phase::Recompute),
            backward: phases.cycles(Phase::Backward),
            update: phases.cycles(Phase::Update),
            all_reduce: all_reduce_cycles(program, stage, machine, interconnect)?,
            streaming: clock::cycles_of_bytes(machine, stage.streamed_bytes.checked_mul(2)?, streaming_rate)?,
        })
    });
    Some((
        stages.collect::<Option<_>>()?,
        transfers(program, machine, interconnect)?,
    ))
}

/// Whether counters hold the tile-cycles of all stages even if every slot took all there is to do: then they hold every figure of
/// the update.
fn are_countable(
    program: &SystemProgram,
    machine: &Machine,
    stages: &[StageCycles],
    transfers: &Transfers,
) -> bool {
    let of_stages = stages.iter().flat_map(|stage| {
        [
            stage.host,
            stage.forward,
            stage.recompute,
            stage.backward,
            stage.update,
            stage.all_reduce,
            stage.streaming,
        ]
    });
    let passing = transfers.outputs.iter().chain(&transfers.input_gradients);
    let syncs = transfers.sync.checked_mul(2 * stages.len() as u64);
    let all = of_stages
        .chain(passing.copied())
        .chain([syncs.unwrap_or(u64::MAX)])
        .try_fold(0_u64, u64::checked_add);
    let slots = program.slots.len() as u64 + 1;
    let factors = [slots, u64::from(machine.tiles), stages.len() as u64];
    factors
        .into_iter()
        .try_fold(all, |product, factor| Some(product?.checked_mul(factor)))
        .flatten()
        .is_some()
}

/// What passes between neighbours at the end of a slot, in cycles.
fn transfers(program: &SystemProgram, machine: &Machine, interconnect: &Interconnect) -> Option<Transfers> {
    let border = |index: usize, bytes: u64| {
        let border = u32::try_from(index).unwrap_or(u32::MAX);
        clock::cycles_of_bytes(machine, bytes, interconnect.stage_bytes_per_second(border))
    };
    let stages = &program.stages;
    Some(Transfers {
        outputs: (0..stages.len())
            .map(|stage| border(stage, stages[stage].output_bytes))
            .collect::<Option<_>>()?,
        input_gradients: (0..stages.len())
            .map(|stage| border(stage.saturating_sub(1), stages[stage].input_gradient_bytes))
            .collect::<Option<_>>()?,
        sync: if stages.len() > 1 {
            clock::cycles_of_nanoseconds(machine, interconnect.sync_nanoseconds())?
        } else {
            0
        },
    })
}

/// Replicas receive at the same time, those of a gateway from its share of the host.
fn host_cycles(
    program: &SystemProgram,
    stage: &StageProgram,
    machine: &Machine,
    interconnect: &Interconnect,
) -> Option<u64> {
    let stages = u32::try_from(program.stages.len()).unwrap_or(u32::MAX);
    let rate = interconnect.host_bytes_per_second_of(program.replicas, stages);
    let cycles = clock::cycles_of_bytes(machine, stage.host_bytes, rate)?;
    Some(match stage.program.io_tiles {
        0 => cycles,
        io_tiles => cycles.max(chip_host::cycles_on_io_tiles(machine, io_tiles, stage.host_bytes)),
    })
}

fn all_reduce_cycles(
    program: &SystemProgram,
    stage: &StageProgram,
    machine: &Machine,
    interconnect: &Interconnect,
) -> Option<u64> {
    let stages = u32::try_from(program.stages.len()).unwrap_or(u32::MAX);
    clock::cycles_of_nanoseconds(
        machine,
        interconnect.all_reduce_nanoseconds(stage.reduced_bytes.iter().copied(), program.replicas, stages),
    )
}
