//! Runs with everything that traces need, and the files that traces are.

use rayon::prelude::*;
use serde_json::{Value, json};
use tilesim_codelets::Count;
use tilesim_graph::Graph;
use tilesim_lower::{NetworkConvolution, convolutions};
use tilesim_program::Program;
use tilesim_report::{RunResult, labels, summarise};
use tilesim_sim::{GeometrySource, active_cycles, detail, simulate};
use tilesim_terms::ConvolutionPass;
use tilesim_traces::{
    ChosenTile, PlanRow, Table, TraceInput, TracedRun, TracedSystem, csv, inputs, parquet, perfetto,
    system_perfetto, system_tables, tables,
};

use crate::{
    args::TracesArgument, commands::plan::shape, error::CliError, networks::Definition, pipeline,
    run_request::RunRequest,
};

/// File of the timeline.
const TIMELINE: &str = "timeline.perfetto-trace";

/// Runs a network and takes it apart.
pub(crate) fn traced(request: &RunRequest) -> Result<TracedRun, CliError> {
    let graph = pipeline::graph(request)?;
    let program = pipeline::program(&graph, request)?;
    let profile = simulate(&program, &request.machine, GeometrySource::Own)?;
    let result = summarise(&profile, &pipeline::facts(request)?)?;
    Ok(TracedRun {
        name: labels(std::slice::from_ref(&result)).concat(),
        input: input(request, &result)?,
        detail: detail(&program, &request.machine, &profile)?,
        plans: plans(request, &graph, &result)?,
        chosen_tiles: chosen_tiles(request, &program)?,
        result,
        profile,
    })
}

fn chosen_tiles(request: &RunRequest, program: &Program) -> Result<Vec<ChosenTile>, CliError> {
    if request.trace_tiles.is_empty() {
        return Ok(Vec::new());
    }
    let cycles = active_cycles(program, &request.machine, &request.trace_tiles)?;
    let of_tiles = request.trace_tiles.iter().zip(cycles);
    Ok(of_tiles
        .map(|(&tile, active_cycles)| ChosenTile { tile, active_cycles })
        .collect())
}

/// The traces as files; none where there are no runs.
pub(crate) fn files(runs: &[TracedRun], traces: TracesArgument) -> Result<Vec<(String, Vec<u8>)>, CliError> {
    if runs.is_empty() || traces == TracesArgument::None {
        return Ok(Vec::new());
    }
    let mut files = table_files(&tables(runs), runs, traces)?;
    files.push((TIMELINE.to_owned(), perfetto(runs)));
    Ok(files)
}

/// The traces of a training system as files.
pub(crate) fn system_files(
    system: &TracedSystem,
    traces: TracesArgument,
) -> Result<Vec<(String, Vec<u8>)>, CliError> {
    if traces == TracesArgument::None {
        return Ok(Vec::new());
    }
    let mut of_stages = tables(&system.stages);
    // Plans are listed for runs of one pass.
    of_stages.retain(|table| table.rows() > 0);
    of_stages.extend(system_tables(std::slice::from_ref(system)));
    let mut files = table_files(&of_stages, &system.stages, traces)?;
    files.push((TIMELINE.to_owned(), system_perfetto(system)));
    Ok(files)
}

fn table_files(
    tables: &[Table],
    runs: &[TracedRun],
    traces: TracesArgument,
) -> Result<Vec<(String, Vec<u8>)>, CliError> {
    let mut files = Vec::new();
    for table in tables {
        files.push(match traces {
            TracesArgument::Csv => (format!("{}.csv", table.name), csv(table)?),
            TracesArgument::Parquet | TracesArgument::None => {
                (format!("{}.parquet", table.name), parquet(table, runs)?)
            }
        });
    }
    if traces == TracesArgument::Csv {
        // What Parquet holds as metadata.
        files.push(("runs.json".to_owned(), serde_json::to_vec_pretty(&inputs(runs))?));
    }
    Ok(files)
}

fn input(request: &RunRequest, result: &RunResult) -> Result<TraceInput, CliError> {
    Ok(TraceInput {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        network: network(&request.network.definition)?,
        machine: serde_json::to_value(&request.machine_values)?,
        run: serde_json::to_value(&result.run)?,
    })
}

/// A specification whole; of an ONNX file, its name.
pub(crate) fn network(definition: &Definition) -> Result<Value, CliError> {
    Ok(match definition {
        Definition::Spec(spec) => serde_json::to_value(spec)?,
        Definition::Onnx { path, .. } => json!({ "onnx": path.display().to_string() }),
    })
}

/// Every layer with a convolution, in network order.
fn plans(request: &RunRequest, graph: &Graph, result: &RunResult) -> Result<Vec<PlanRow>, CliError> {
    let options = pipeline::lower_options(request);
    let planned = convolutions(graph, ConvolutionPass::Forward, &options)
        .par_iter()
        .map(|found| plan(request, found))
        .collect::<Vec<_>>()
        .into_iter()
        .collect::<Result<Vec<(Vec<String>, PlanRow)>, CliError>>()?;
    Ok(result
        .layers
        .iter()
        .flat_map(|layer| {
            let of_layer = planned.iter().filter(|(layers, _)| layers.contains(&layer.name));
            of_layer.map(|(_, row)| PlanRow {
                layer: layer.name.clone(),
                plan: layer.plan.clone(),
                ..row.clone()
            })
        })
        .collect())
}

/// The plan of one convolution, for all layers that have it.
fn plan(request: &RunRequest, found: &NetworkConvolution) -> Result<(Vec<String>, PlanRow), CliError> {
    let convolution = &found.request.convolution;
    let planned = tilesim_planner::plan(
        &request.machine,
        convolution,
        &found.request.options,
        Count::Machine,
    )
    .map_err(|reason| tilesim_lower::LowerError::NoPlan {
        op: found.layers.first().cloned().unwrap_or_default(),
        reason,
    })?;
    let grouping = planned.plan.grouping;
    let row = PlanRow {
        layer: String::new(),
        convolution: shape(convolution),
        plan: String::new(),
        kernel: planned.plan.method.kind().name().to_owned(),
        block_groups: grouping.conv_groups,
        block_in_channels: grouping.in_channels,
        block_out_channels: grouping.out_channels,
        macs: convolution.macs(),
        tiles: planned.cost.tiles_used,
        temporary_bytes: planned.cost.temporary_bytes(),
        expected_cycles: planned.cost.cycles(),
        limited_by: planned.cost.limiting_phase().name().to_owned(),
    };
    Ok((found.layers.clone(), row))
}
