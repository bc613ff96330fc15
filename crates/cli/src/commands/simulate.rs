//! `tilesim simulate`.

use serde::Serialize;
use tilesim::{
    OutputFile, OutputFolder, Progress as _, RunRecord, Simulator, Subject, Training, Verdict, run_files,
};
use tilesim_report::{labels, render, run_reading};

use crate::{
    args::{ModeArgument, SimulateArgs},
    console::Console,
    error::CliError,
    exit::Outcome,
    progress::Progress,
};

/// Simulates one network; negative where it does not fit or a claim fails.
pub(crate) fn run(args: &SimulateArgs, console: &Console) -> Result<Outcome, CliError> {
    match (args.run.mode, &args.model) {
        (ModeArgument::Inference, Some(model)) if args.system.is_none() => inference(model, args, console),
        (ModeArgument::Inference, _) => Err(CliError::argument(
            "--system",
            "inference runs on one chip",
            "--mode training beside it",
        )),
        (ModeArgument::Training, _) => train(args, console),
    }
}

fn inference(model: &str, args: &SimulateArgs, console: &Console) -> Result<Outcome, CliError> {
    let simulation = Subject::simulation(model, &args.run.inference(&args.shapes.input)?)?;
    let folder = args.run.out.as_deref().map(OutputFolder::open).transpose()?;
    let progress = Progress::new(1, console.is_quiet());
    let simulator = Simulator::forgetful();
    let mut record: RunRecord = if folder.is_some() {
        simulation.run(&simulator)?.record()?
    } else {
        simulation.result(&simulator)?.into()
    };
    if args.max_batch {
        let largest = simulation.largest_batch(&record.result, &simulator, &progress)?;
        record.result.memory.largest_batch = Some(largest);
    }
    drop(progress);
    let result = record.result.clone();
    let reasons = negative(&result, &result.model.name, result.memory.fits, args)?;
    if let Some(folder) = folder {
        let mut files = vec![OutputFile::json("result.json", &result)?];
        let labels = labels(std::slice::from_ref(&result));
        files.extend(run_files(
            vec![record],
            &labels,
            &run_reading(&result),
            &args.run.plots.options(),
            args.run.traces.format(),
        )?);
        folder.write(&files)?;
    }
    console.answer(&result, render::run)?;
    Ok(Outcome::unless(reasons))
}

fn train(args: &SimulateArgs, console: &Console) -> Result<Outcome, CliError> {
    let options = args.run.options(&args.shapes.input);
    let training = Training::with_options(args.model.as_deref(), args.system.as_deref(), &options)?;
    let folder = args.run.out.as_deref().map(OutputFolder::open).transpose()?;
    let progress = Progress::new(1, console.is_quiet());
    let simulator = Simulator::forgetful();
    let mut traced = match &folder {
        Some(_) => Some(training.traces(&simulator)?),
        None => None,
    };
    let mut result = match &traced {
        Some(traced) => traced.result.clone(),
        None => training.run(&simulator)?,
    };
    if args.max_batch {
        training.search_micro_batches(&mut result, &simulator, &progress)?;
    }
    if args.balance {
        progress.doing(&format!("{}: balancing stages", training.network().name()));
        result.proposal = Some(training.balance(&result, &simulator)?);
    }
    drop(progress);
    let reasons = negative(&result, &result.model.name, result.memory.fits, args)?;
    if let (Some(folder), Some(traced)) = (folder, &mut traced) {
        traced.result = result.clone();
        let mut files = vec![OutputFile::json("result.json", &result)?];
        files.extend(training.files(traced, args.run.traces.format())?);
        folder.write(&files)?;
    }
    console.answer(&result, render::training)?;
    Ok(Outcome::unless(reasons))
}

/// Why the answer is negative; empty where it is positive.
fn negative(
    result: &impl Serialize,
    name: &str,
    fits: bool,
    args: &SimulateArgs,
) -> Result<Vec<String>, CliError> {
    let mut reasons = Vec::new();
    if !fits {
        reasons.push(format!("{name} does not fit"));
    }
    let value = serde_json::to_value(result)?;
    for assertion in &args.assertions {
        let verdict = assertion
            .verdict(&value)
            .map_err(|reason| CliError::argument("--assert", reason, "PATH OPERATOR NUMBER"))?;
        if let Verdict::Fails(actual) = verdict {
            reasons.push(format!("assertion failed: {assertion} (it is {actual})"));
        }
    }
    Ok(reasons)
}
