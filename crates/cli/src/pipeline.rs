//! The one way from a network to the answer: graph, program, profile, result.

use tilesim_lower::{LowerOptions, lower};
use tilesim_machine::Machine;
use tilesim_program::Program;
use tilesim_report::{MachineFacts, RunFacts, RunResult, RunSection, summarise};
use tilesim_sim::{Detail, Profile, detail, simulate};

use crate::{
    args::{MAX_BATCH, Precision},
    batch_search,
    error::CliError,
    networks,
    progress::Progress,
    run_request::RunRequest,
};

/// A run, or a result that was read.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// Its result.
    pub(crate) result: RunResult,
    /// What else is known of it; `None` where the result was read, or only that is asked for.
    pub(crate) trace: Option<Box<Trace>>,
}

/// What is known of a run beside its result.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    /// What was run.
    pub(crate) request: RunRequest,
    /// The machine's figures.
    pub(crate) machine: MachineFacts,
    /// Steps, layers and memory.
    pub(crate) profile: Profile,
    /// The same by tile and variable.
    pub(crate) detail: Detail,
}

/// Runs a network; `traced` keeps more than the result, which takes longer.
pub(crate) fn run(request: &RunRequest, traced: bool) -> Result<Run, CliError> {
    let facts = facts(request)?;
    let program = program(request)?;
    let profile = simulate(&program, &request.machine)?;
    let result = summarise(&profile, &facts)?;
    let trace = if traced {
        let detail = detail(&program, &request.machine, &profile)?;
        Some(Box::new(Trace {
            request: request.clone(),
            machine: facts.machine,
            profile,
            detail,
        }))
    } else {
        None
    };
    Ok(Run { result, trace })
}

/// The largest batch that fits, 0 where not even one image does. `result` is the run at the request's batch.
pub(crate) fn largest_batch(
    request: &RunRequest,
    result: &RunResult,
    progress: &Progress,
) -> Result<u64, CliError> {
    let bytes_of = |batch: u64| {
        progress.doing(format!("{}: does batch {batch} fit?", request.network.name));
        let request = RunRequest {
            batch,
            ..request.clone()
        };
        let profile = simulate(&program(&request)?, &request.machine)?;
        Ok::<_, CliError>(profile.memory.peak_bytes)
    };
    let known = (result.run.batch, result.memory.peak_bytes);
    let largest = batch_search::largest_batch(known, MAX_BATCH, result.memory.tile_bytes, bytes_of)?;
    Ok(largest.unwrap_or(0))
}

/// Builds and lowers.
fn program(request: &RunRequest) -> Result<Program, CliError> {
    let graph = tilesim_graph::fold_batch_norm(&networks::graph(&request.network, request.batch)?);
    let options = LowerOptions {
        precision: tilesim_program::Precision {
            data: request.precision.data_type(),
            partials: request.precision.partials_type(),
        },
        available_memory_proportion: request.available_memory_proportion,
        host_io: request.host_io,
        ..LowerOptions::default()
    };
    Ok(lower(&graph, &request.machine, &options)?)
}

fn facts(request: &RunRequest) -> Result<RunFacts, CliError> {
    Ok(RunFacts {
        model: networks::section(&request.network),
        machine: machine_facts(request)?,
        run: RunSection {
            mode: request.mode,
            batch: request.batch,
            precision: request.precision.name().to_owned(),
            available_memory_proportion: request.available_memory_proportion,
            host_io: request.host_io,
        },
        theoretical: networks::theoretical(&request.network)?,
        largest_batch: None,
    })
}

fn machine_facts(request: &RunRequest) -> Result<MachineFacts, CliError> {
    let (machine, precision) = (&request.machine, request.precision);
    let peak = machine.peak_macs_per_cycle(precision.data_type(), precision.partials_type());
    let peak_macs_per_cycle = peak.filter(|&peak| peak > 0).ok_or_else(|| {
        CliError::argument(
            precision.name(),
            format!("{} has no convolution units for this precision", machine.name),
            "one of 16.16, 16.32 and 32.32 that the machine has units for",
        )
    })?;
    Ok(MachineFacts {
        name: machine.name.clone(),
        overrides: request.machine_overrides.clone(),
        clock_hz: machine.clock_hz,
        peak_macs_per_cycle,
        // Two loads and one store of a data path's width per cycle: 45 TB/s of 1216 tiles at 1.6 GHz (Jia et al. 2019, arXiv
        // 1912.03413, on the Mk1), 47 TB/s of 1472 tiles at 1.325 GHz (Knowles, Hot Chips 33).
        sram_read_bytes_per_cycle: 2 * u64::from(machine.data_path_bytes),
        sram_write_bytes_per_cycle: u64::from(machine.data_path_bytes),
        exchange_bytes_per_cycle: u64::from(machine.exchange_bytes_per_cycle),
        host_bytes_per_second: machine.host_bytes_per_second,
        picojoules_per_flop: picojoules_per_flop(machine, precision),
    })
}

fn picojoules_per_flop(machine: &Machine, precision: Precision) -> Option<f64> {
    machine.picojoules_per_flop.map(|energy| match precision {
        Precision::F16F16 => energy.f16_f16,
        Precision::F16F32 => energy.f16_f32,
        Precision::F32F32 => energy.f32_f32,
    })
}
