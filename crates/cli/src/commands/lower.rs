//! `tilesim lower`: the program that is timed and executed, as text.

use std::fmt::Write;

use serde::Serialize;
use tilesim_program::Program;
use tilesim_terms::{LayerKind, Phase};

use crate::{
    args::{EmitArgument, LowerArgs, ModeArgument, PlotsArgument, RunArgs, TracesArgument},
    console::Console,
    error::CliError,
    exit::Outcome,
    pipeline,
    run_request::run_request,
    training,
};

/// The answer of `lower`.
#[derive(Debug, Serialize)]
struct Lowered {
    /// Version of this format.
    schema: &'static str,
    /// The program of a chip, or of every stage of a system.
    programs: Vec<LoweredProgram>,
}

/// One program.
#[derive(Debug, Serialize)]
struct LoweredProgram {
    /// Name of the network.
    name: String,
    /// The whole program as text, where that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Its layers.
    layers: Vec<LoweredLayer>,
}

/// One layer.
#[derive(Debug, Serialize)]
struct LoweredLayer {
    /// Name.
    name: String,
    /// Kind.
    kind: LayerKind,
    /// When it runs.
    phase: Phase,
    /// How its convolution is planned, in one line; empty where it has none.
    plan: String,
}

/// Lowers a network and prints what comes of it.
pub(crate) fn run(args: &LowerArgs, console: &Console) -> Result<Outcome, CliError> {
    let programs = programs(args)?;
    let lowered = Lowered {
        schema: "tilesim-lowered/1",
        programs: programs
            .iter()
            .map(|program| described(program, args.emit))
            .collect(),
    };
    console.answer(&lowered, |lowered, _| rendered(lowered))?;
    Ok(Outcome::Positive)
}

fn programs(args: &LowerArgs) -> Result<Vec<Program>, CliError> {
    let options = run_args(args);
    match (args.mode, &args.model, &args.system) {
        (ModeArgument::Inference, Some(model), None) => {
            let request = run_request(model, &options)?;
            Ok(vec![pipeline::program(&pipeline::graph(&request)?, &request)?])
        }
        (ModeArgument::Inference, ..) => Err(CliError::argument(
            "--system",
            "inference runs on one chip",
            "--mode training beside it",
        )),
        (ModeArgument::Training, model, system) => {
            let request = training::training_request(model.as_deref(), system.as_deref(), &options)?;
            let stages = training::program(&request)?.stages;
            Ok(stages.into_iter().map(|stage| stage.program).collect())
        }
    }
}

fn described(program: &Program, emit: EmitArgument) -> LoweredProgram {
    LoweredProgram {
        name: program.name.clone(),
        text: (emit == EmitArgument::Program).then(|| program.to_string()),
        layers: program
            .layers
            .iter()
            .map(|layer| LoweredLayer {
                name: layer.name.clone(),
                kind: layer.kind,
                phase: layer.phase,
                plan: layer.plan.clone(),
            })
            .collect(),
    }
}

/// Programs one after the other; of plans a line for each layer that has one.
fn rendered(lowered: &Lowered) -> String {
    let mut text = String::new();
    for (stage, program) in lowered.programs.iter().enumerate() {
        if lowered.programs.len() > 1 {
            let separator = if stage == 0 { "" } else { "\n" };
            let _ = writeln!(text, "{separator}stage {stage}");
        }
        if let Some(program) = &program.text {
            text.push_str(program);
            continue;
        }
        let planned = || program.layers.iter().filter(|layer| !layer.plan.is_empty());
        let width = planned()
            .map(|layer| layer.name.chars().count())
            .max()
            .unwrap_or(0);
        for layer in planned() {
            let _ = writeln!(text, "{:width$}  {:9}  {}", layer.name, layer.phase, layer.plan);
        }
    }
    text
}

/// What the options have in common with those of a run.
fn run_args(args: &LowerArgs) -> RunArgs {
    RunArgs {
        machine: args.machine.clone(),
        batch: args.batch,
        mode: args.mode,
        precision: args.precision,
        available_memory_proportion: args.available_memory_proportion,
        host_io: args.host_io,
        settings: args.settings.clone(),
        out: None,
        traces: TracesArgument::None,
        trace_tiles: Vec::new(),
        plots: PlotsArgument::Svg,
    }
}
