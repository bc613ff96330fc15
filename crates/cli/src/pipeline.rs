//! The one way from a network to the answer: graph, program, profile, result.

use std::ops::RangeInclusive;

use tilesim_graph::Graph;
use tilesim_lower::{LowerOptions, PlanSource, lower};
use tilesim_machine::Machine;
use tilesim_planner::SharedPlans;
use tilesim_program::Program;
use tilesim_report::{MachineFacts, RunFacts, RunResult, RunSection, summarise};
use tilesim_sim::{GeometrySource, Profile, SharedGeometry, simulate};

use crate::{
    args::{MAX_BATCH, Precision},
    batch_search,
    error::CliError,
    networks,
    progress::Progress,
    run_request::RunRequest,
};

/// Runs a network.
pub(crate) fn run(request: &RunRequest) -> Result<RunResult, CliError> {
    let facts = facts(request)?;
    Ok(summarise(&profile(request)?, &facts)?)
}

/// A result, and for which tile memory of the machine it is the same but for what it says of that memory.
pub(crate) struct SharedResult {
    /// The result.
    pub(crate) result: RunResult,
    /// Bytes.
    pub(crate) tile_memory: RangeInclusive<u64>,
}

/// What many runs share.
pub(crate) struct Shared {
    /// Plans of convolutions.
    pub(crate) plans: SharedPlans,
    /// What tiles do in steps.
    pub(crate) geometry: SharedGeometry,
}

/// As [`run`], with what other runs have worked out.
pub(crate) fn run_sharing(request: &RunRequest, shared: &Shared) -> Result<SharedResult, CliError> {
    let facts = facts(request)?;
    let graph = graph(request)?;
    let lowered = lower(
        &graph,
        &request.machine,
        &lower_options(request),
        PlanSource::Shared(&shared.plans),
    )?;
    let profile = simulate(
        &lowered.program,
        &request.machine,
        GeometrySource::Shared(&shared.geometry),
    )?;
    Ok(SharedResult {
        result: summarise(&profile, &facts)?,
        tile_memory: lowered.tile_memory,
    })
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
        Ok::<_, CliError>(profile(&request)?.memory.peak_bytes)
    };
    let known = (result.run.batch, result.memory.peak_bytes);
    let largest = batch_search::largest_batch(known, MAX_BATCH, result.memory.tile_bytes, bytes_of)?;
    Ok(largest.unwrap_or(0))
}

/// Builds, lowers and simulates.
fn profile(request: &RunRequest) -> Result<Profile, CliError> {
    let program = program(&graph(request)?, request)?;
    Ok(simulate(&program, &request.machine, GeometrySource::Own)?)
}

/// The result of a program of the request's network.
pub(crate) fn result_of(program: &Program, request: &RunRequest) -> Result<RunResult, CliError> {
    Ok(summarise(
        &simulate(program, &request.machine, GeometrySource::Own)?,
        &facts(request)?,
    )?)
}

/// The graph that is lowered.
pub(crate) fn graph(request: &RunRequest) -> Result<Graph, CliError> {
    let graph = networks::graph(&request.network, request.batch)?;
    Ok(tilesim_graph::fold_batch_norm(&graph))
}

/// Lowers a graph of the request's network.
pub(crate) fn program(graph: &Graph, request: &RunRequest) -> Result<Program, CliError> {
    Ok(lower(graph, &request.machine, &lower_options(request), PlanSource::Own)?.program)
}

/// How graphs are lowered.
pub(crate) fn lower_options(request: &RunRequest) -> LowerOptions {
    LowerOptions {
        precision: tilesim_program::Precision {
            data: request.precision.data_type(),
            partials: request.precision.partials_type(),
        },
        available_memory_proportion: request.available_memory_proportion,
        host_io: request.host_io,
        ..LowerOptions::default()
    }
}

/// What the result states beside the profile.
pub(crate) fn facts(request: &RunRequest) -> Result<RunFacts, CliError> {
    Ok(RunFacts {
        model: networks::section(&request.network),
        machine: machine_facts(&MachineUse {
            machine: &request.machine,
            overrides: &request.machine_overrides,
            precision: request.precision,
        })?,
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

/// A machine, and at which precision it computes.
pub(crate) struct MachineUse<'a> {
    pub(crate) machine: &'a Machine,
    /// What was changed of the named machine.
    pub(crate) overrides: &'a [String],
    pub(crate) precision: Precision,
}

/// Figures of a machine that results are computed with.
pub(crate) fn machine_facts(used: &MachineUse) -> Result<MachineFacts, CliError> {
    let (machine, precision) = (used.machine, used.precision);
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
        overrides: used.overrides.to_vec(),
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
