//! Systems: the time of one weight update over all chips, from what each stage takes for one micro-batch.

mod memory;
mod profile;
mod spans;
mod timeline;

pub use memory::StageMemory;
pub use profile::{PhaseCycles, StageProfile, SystemProfile, Waiting};
pub use spans::{Activity, Span, spans};
pub use timeline::{StageCycles, StageTime, SystemTime, Transfers, timeline};

pub use tilesim_program::Phase;

use rayon::prelude::*;
use tilesim_machine::{Machine, system::Interconnect};
use tilesim_program::{
    Program,
    system::{StageProgram, SystemProgram},
};

use crate::{Profile, SharedGeometry, SimError, simulate, simulate_sharing};

/// Runs one weight update of a system.
///
/// # Errors
/// As [`simulate`], of the first stage that cannot run.
pub fn simulate_system(
    program: &SystemProgram,
    machine: &Machine,
    interconnect: &Interconnect,
) -> Result<SystemProfile, SimError> {
    run(program, machine, interconnect, &|program| {
        simulate(program, machine)
    })
}

/// As [`simulate_system`], with what other runs have worked out: the profile is the same.
///
/// # Errors
/// As [`simulate_system`].
pub fn simulate_system_sharing(
    program: &SystemProgram,
    machine: &Machine,
    interconnect: &Interconnect,
    shared: &SharedGeometry,
) -> Result<SystemProfile, SimError> {
    run(program, machine, interconnect, &|program| {
        simulate_sharing(program, machine, shared)
    })
}

fn run(
    program: &SystemProgram,
    machine: &Machine,
    interconnect: &Interconnect,
    simulate: &(dyn Fn(&Program) -> Result<Profile, SimError> + Sync),
) -> Result<SystemProfile, SimError> {
    let profiles = program
        .stages
        .par_iter()
        .map(|stage| simulate(&stage.program))
        .collect::<Vec<Result<Profile, SimError>>>()
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    let phases: Vec<PhaseCycles> = profiles.iter().map(PhaseCycles::of).collect();
    let transfers = transfers(program, machine, interconnect);
    let cycles: Vec<StageCycles> = program
        .stages
        .iter()
        .zip(&phases)
        .map(|(stage, phases)| StageCycles {
            host: host_cycles(program, stage, machine, interconnect),
            forward: phases.cycles(Phase::Forward),
            backward: phases.cycles(Phase::Recompute) + phases.cycles(Phase::Backward),
            update: phases.cycles(Phase::Update),
            all_reduce: all_reduce_cycles(program, stage, machine, interconnect),
            streaming: 2 * cycles_of(
                machine,
                stage.streamed_bytes,
                interconnect.streaming_bytes_per_second,
            ),
        })
        .collect();
    let time = timeline(&program.slots, &cycles, &transfers);
    let recompute: Vec<u64> = phases
        .iter()
        .map(|phases| phases.cycles(Phase::Recompute))
        .collect();
    let spans = spans(&program.slots, &cycles, &recompute, &transfers);
    SystemProfile::new(program, machine, profiles, phases, time, spans)
}

/// What passes between neighbours after a slot, in cycles.
fn transfers(program: &SystemProgram, machine: &Machine, interconnect: &Interconnect) -> Transfers {
    let border = |index: usize, bytes: u64| {
        let border = u32::try_from(index).unwrap_or(u32::MAX);
        cycles_of(machine, bytes, interconnect.stage_bytes_per_second(border))
    };
    let stages = &program.stages;
    Transfers {
        outputs: (0..stages.len())
            .map(|stage| border(stage, stages[stage].output_bytes))
            .collect(),
        input_gradients: (0..stages.len())
            .map(|stage| border(stage.saturating_sub(1), stages[stage].input_gradient_bytes))
            .collect(),
        sync: if stages.len() > 1 {
            nanoseconds(machine, interconnect.sync_nanoseconds())
        } else {
            0
        },
    }
}

/// Replicas receive at the same time, each through a port.
fn host_cycles(
    program: &SystemProgram,
    stage: &StageProgram,
    machine: &Machine,
    interconnect: &Interconnect,
) -> u64 {
    let rate = interconnect.host_bytes_per_second_of(program.replicas);
    cycles_of(machine, stage.host_bytes, rate)
}

fn all_reduce_cycles(
    program: &SystemProgram,
    stage: &StageProgram,
    machine: &Machine,
    interconnect: &Interconnect,
) -> u64 {
    let stages = u32::try_from(program.stages.len()).unwrap_or(u32::MAX);
    nanoseconds(
        machine,
        interconnect.all_reduce_nanoseconds(stage.reduced_bytes, program.replicas, stages),
    )
}

/// Cycles of the tile clock in which so many bytes pass.
fn cycles_of(machine: &Machine, bytes: u64, bytes_per_second: u64) -> u64 {
    let clock = u128::from(machine.clock_hz) * u128::from(bytes);
    u64::try_from(clock.div_ceil(u128::from(bytes_per_second.max(1)))).unwrap_or(u64::MAX)
}

fn nanoseconds(machine: &Machine, nanoseconds: u64) -> u64 {
    let clock = u128::from(machine.clock_hz) * u128::from(nanoseconds);
    u64::try_from(clock.div_ceil(1_000_000_000)).unwrap_or(u64::MAX)
}
