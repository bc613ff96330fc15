//! `tilesim plan`: how the convolutions of a network are cut over tiles, and why.

mod explained;
mod rendered;
mod words;

use rayon::prelude::*;
use serde::Serialize;
use tilesim_codelets::Count;
use tilesim_lower::{LowerOptions, NetworkConvolution, convolutions};
use tilesim_planner::Planner;
use tilesim_report::ModelSection;

use crate::{
    args::{ModeArgument, PlanArgs, PlotsArgument, RunArgs, TracesArgument},
    console::Console,
    error::CliError,
    exit::Outcome,
    networks,
    run_request::run_request,
};

use explained::ExplainedConvolution;

pub(crate) use explained::shape;

/// The answer of `plan`.
#[derive(Debug, Serialize)]
struct Explanation {
    /// Version of this format.
    schema: &'static str,
    /// The network.
    model: ModelSection,
    /// Name of the machine.
    machine: String,
    /// Tiles of the machine.
    tiles: u32,
    /// Images at a time.
    batch: u64,
    /// Types of data and partial sums.
    precision: &'static str,
    /// Which pass is planned.
    pass: &'static str,
    /// What is minimised first.
    objective: &'static str,
    /// Temporary bytes that a convolution may take on each tile.
    allowed_bytes: u64,
    /// The distinct convolutions, in the order of their first layer.
    convolutions: Vec<ExplainedConvolution>,
}

/// Explains the plans; negative where one needs more memory than allowed.
pub(crate) fn run(args: &PlanArgs, console: &Console) -> Result<Outcome, CliError> {
    let request = run_request(&args.model, &run_args(args))?;
    let graph = tilesim_graph::fold_batch_norm(&networks::graph(&request.network, request.batch)?);
    let options = LowerOptions {
        precision: tilesim_program::Precision {
            data: request.precision.data_type(),
            partials: request.precision.partials_type(),
        },
        available_memory_proportion: request.available_memory_proportion,
        ..LowerOptions::default()
    };
    let mut wanted = convolutions(&graph, args.pass.into(), &options);
    if let Some(layer) = &args.layer {
        wanted = of_layer(wanted, layer)?;
    }
    for convolution in &mut wanted {
        convolution.request.options.objective = args.objective.into();
    }
    let machine = &request.machine;
    let planner = Planner::new(machine.clone(), Count::Machine);
    let explained: Vec<ExplainedConvolution> = wanted
        .par_iter()
        .map(|convolution| ExplainedConvolution::new(&planner, convolution))
        .collect::<Vec<_>>()
        .into_iter()
        .collect::<Result<_, _>>()?;
    let negative = explained
        .iter()
        .filter_map(ExplainedConvolution::failure)
        .collect();
    let explanation = Explanation {
        schema: "tilesim-plan/1",
        model: networks::section(&request.network),
        machine: machine.name.clone(),
        tiles: machine.tiles,
        batch: request.batch,
        precision: request.precision.name(),
        pass: args.pass.name(),
        objective: args.objective.name(),
        allowed_bytes: (machine.tile_memory_bytes as f64 * request.available_memory_proportion) as u64,
        convolutions: explained,
    };
    console.answer(&explanation, rendered::rendered)?;
    Ok(Outcome::unless(negative))
}

/// What the options have in common with those of a run.
fn run_args(args: &PlanArgs) -> RunArgs {
    RunArgs {
        machine: args.machine.clone(),
        batch: args.batch,
        mode: ModeArgument::Inference,
        precision: args.precision,
        available_memory_proportion: args.available_memory_proportion,
        host_io: false,
        settings: args.settings.clone(),
        out: None,
        traces: TracesArgument::None,
        trace_tiles: Vec::new(),
        plots: PlotsArgument::Svg,
    }
}

/// The convolutions of one layer.
fn of_layer(convolutions: Vec<NetworkConvolution>, layer: &str) -> Result<Vec<NetworkConvolution>, CliError> {
    let names: Vec<String> = convolutions
        .iter()
        .flat_map(|found| found.layers.clone())
        .collect();
    let found: Vec<NetworkConvolution> = convolutions
        .into_iter()
        .filter(|found| found.layers.iter().any(|name| name == layer))
        .collect();
    if found.is_empty() {
        return Err(CliError::argument(
            layer,
            "the network has no such layer with a convolution",
            format!("one of {}", names.join(", ")),
        ));
    }
    Ok(found)
}
