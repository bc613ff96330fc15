//! Runs taken apart, and the files that traces are.

use rayon::prelude::*;
use serde_json::{Value, json};
use tilesim_codelets::Count;
use tilesim_graph::{Convolution, Graph};
use tilesim_lower::{
    GraphPlans, LowerOptions, NetworkConvolution, computing_part, convolutions, plan_requests,
};
use tilesim_planner::PlanChoice;
use tilesim_program::Program;
use tilesim_report::{RunResult, labels};
use tilesim_sim::{active_cycles, detail};
use tilesim_terms::ConvolutionPass;
#[cfg(feature = "parquet")]
use tilesim_traces::parquet;
use tilesim_traces::{
    ChosenTile, PlanRow, Table, TraceInput, TracedRun, TracedSystem, csv, inputs, perfetto, system_perfetto,
    system_tables, tables,
};

use crate::{Error, Network, OutputFile, Run, Simulation, network::Definition, plan::shape};

/// File of the timeline.
const TIMELINE: &str = "timeline.perfetto-trace";

/// Formats of trace tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceFormat {
    /// Parquet; what a run was made of stands in the metadata. With the feature `parquet`.
    #[cfg(feature = "parquet")]
    Parquet,
    /// CSV; what a run was made of stands in a file `runs.json`.
    Csv,
}

impl Run {
    /// The run taken apart: steps, tiles, variables and plans, of which trace tables and timelines are made.
    ///
    /// # Errors
    /// Where a convolution cannot be planned alone, or figures overflow.
    pub fn traces(&self) -> Result<TracedRun, Error> {
        traced(self)
    }

    /// The trace tables of the run, as [`run_files`](crate::run_files) writes them: steps, layers, tiles, memory and plans.
    ///
    /// # Errors
    /// As [`Run::traces`].
    pub fn tables(&self) -> Result<Vec<Table>, Error> {
        Ok(tables(&[self.traces()?]))
    }

    /// The timeline of the run, as a file for Perfetto.
    ///
    /// # Errors
    /// As [`Run::traces`].
    pub fn timeline(&self) -> Result<Vec<u8>, Error> {
        Ok(perfetto(&[self.traces()?]))
    }
}

fn traced(run: &Run) -> Result<TracedRun, Error> {
    let (simulation, result) = (run.simulation(), run.result());
    Ok(TracedRun {
        name: labels(std::slice::from_ref(result)).concat(),
        input: input(simulation, result)?,
        detail: detail(run.program(), simulation.chip(), run.profile())?,
        plans: plans(simulation, run.graph(), result)?,
        chosen_tiles: chosen_tiles(simulation, run.program())?,
        result: result.clone(),
        profile: run.profile().clone(),
    })
}

fn chosen_tiles(simulation: &Simulation, program: &Program) -> Result<Vec<ChosenTile>, Error> {
    let tiles = simulation.traced_tiles();
    if tiles.is_empty() {
        return Ok(Vec::new());
    }
    let cycles = active_cycles(program, simulation.chip(), tiles)?;
    Ok(tiles
        .iter()
        .zip(cycles)
        .map(|(&tile, active_cycles)| ChosenTile { tile, active_cycles })
        .collect())
}

/// The traces as files; none where there are no runs.
pub(crate) fn files(runs: &[TracedRun], format: TraceFormat) -> Result<Vec<OutputFile>, Error> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let mut files = table_files(&tables(runs), runs, format)?;
    files.push(OutputFile::new(TIMELINE, perfetto(runs)));
    Ok(files)
}

/// The traces of a training system as files.
pub(crate) fn system_files(system: &TracedSystem, format: TraceFormat) -> Result<Vec<OutputFile>, Error> {
    let mut of_stages = tables(&system.stages);
    // Plans are listed for runs of one pass.
    of_stages.retain(|table| table.rows() > 0);
    of_stages.extend(system_tables(std::slice::from_ref(system)));
    let mut files = table_files(&of_stages, &system.stages, format)?;
    files.push(OutputFile::new(TIMELINE, system_perfetto(system)));
    Ok(files)
}

fn table_files(tables: &[Table], runs: &[TracedRun], format: TraceFormat) -> Result<Vec<OutputFile>, Error> {
    let mut files = Vec::new();
    for table in tables {
        files.push(match format {
            TraceFormat::Csv => OutputFile::new(format!("{}.csv", table.name), csv(table)?),
            #[cfg(feature = "parquet")]
            TraceFormat::Parquet => OutputFile::new(format!("{}.parquet", table.name), parquet(table, runs)?),
        });
    }
    if format == TraceFormat::Csv {
        // What Parquet holds as metadata.
        files.push(OutputFile::json("runs.json", &inputs(runs))?);
    }
    Ok(files)
}

fn input(simulation: &Simulation, result: &RunResult) -> Result<TraceInput, Error> {
    Ok(TraceInput {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        network: network(simulation.network())?,
        machine: serde_json::to_value(simulation.machine_variant().values())?,
        run: serde_json::to_value(&result.run)?,
    })
}

/// A specification whole; of an ONNX file and of code, its name.
pub(crate) fn network(network: &Network) -> Result<Value, Error> {
    Ok(match network.definition() {
        Definition::Spec(spec) => serde_json::to_value(spec)?,
        Definition::Onnx { path, .. } => json!({ "onnx": path.display().to_string() }),
        Definition::Code(_) => json!({ "code": network.name() }),
    })
}

/// Every layer with a convolution, in network order.
fn plans(simulation: &Simulation, graph: &Graph, result: &RunResult) -> Result<Vec<PlanRow>, Error> {
    let options = simulation.lower_options();
    let planned = match simulation.plans_of_whole(graph)? {
        Some(plans) => by_operator(graph, &options, &plans),
        None => convolutions(graph, ConvolutionPass::Forward, &options)
            .par_iter()
            .map(|found| plan(simulation, found))
            .collect::<Vec<_>>()
            .into_iter()
            .collect::<Result<Vec<(Vec<String>, PlanRow)>, Error>>()?,
    };
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

/// The plan of every convolution, with its layer, where equal convolutions may have different ones.
fn by_operator(graph: &Graph, options: &LowerOptions, plans: &GraphPlans) -> Vec<(Vec<String>, PlanRow)> {
    let mut rows: Vec<(Vec<String>, PlanRow)> = Vec::new();
    for (index, request) in plan_requests(graph, options) {
        let layer = graph.layers.get(graph.ops[index].layer.0 as usize);
        if let (Some((_, planned)), Some(layer)) = (plans.by_op.get(&index), layer) {
            let row = (vec![layer.name.clone()], row(&request.convolution, planned));
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
    }
    rows
}

/// The plan of one convolution, for all layers that have it.
fn plan(simulation: &Simulation, found: &NetworkConvolution) -> Result<(Vec<String>, PlanRow), Error> {
    let convolution = &found.request.convolution;
    let machine = computing_part(simulation.chip(), simulation.lower_options().host)?;
    let planned = tilesim_planner::plan(&machine, convolution, &found.request.options, Count::Machine)
        .map_err(|reason| tilesim_lower::LowerError::NoPlan {
            op: found.layers.first().cloned().unwrap_or_default(),
            reason,
        })?;
    Ok((found.layers.clone(), row(convolution, &planned)))
}

/// A convolution as it is planned; the layer says the rest.
fn row(convolution: &Convolution, planned: &PlanChoice) -> PlanRow {
    let grouping = planned.plan.grouping;
    PlanRow {
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
    }
}
