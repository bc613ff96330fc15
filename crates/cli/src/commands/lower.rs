//! `tilesim lower`: the program that is timed and executed, as text.

use std::fmt::Write;

use tilesim::{Simulation, Simulator, Training, lowered::Lowered};
use tilesim_program::Program;

use crate::{
    args::{EmitArgument, LowerArgs, ModeArgument},
    console::Console,
    error::CliError,
    exit::Outcome,
};

/// Lowers a network and prints what comes of it.
pub(crate) fn run(args: &LowerArgs, console: &Console) -> Result<Outcome, CliError> {
    let lowered = Lowered::new(&programs(args)?, args.emit == EmitArgument::Program);
    console.answer(&lowered, |lowered, _| rendered(lowered))?;
    Ok(Outcome::Positive)
}

fn programs(args: &LowerArgs) -> Result<Vec<Program>, CliError> {
    let options = args.options();
    let simulator = Simulator::forgetful();
    match (args.mode, &args.model, &args.system) {
        (ModeArgument::Inference, Some(model), None) => Ok(vec![
            Simulation::with_options(model, &options)?.lower(&simulator)?,
        ]),
        (ModeArgument::Inference, ..) => Err(CliError::argument(
            "--system",
            "inference runs on one chip",
            "--mode training beside it",
        )),
        (ModeArgument::Training, model, system) => {
            let training = Training::with_options(model.as_deref(), system.as_deref(), &options)?;
            let stages = training.lower(&simulator)?.stages;
            Ok(stages.into_iter().map(|stage| stage.program).collect())
        }
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
