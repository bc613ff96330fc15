//! `tilesim simulate`.

use serde::Serialize;
use tilesim_report::{labels, render, run_reading};

use crate::{
    args::{ModeArgument, SimulateArgs},
    assertion::Verdict,
    console::Console,
    error::CliError,
    exit::Outcome,
    output::OutputFolder,
    pipeline,
    progress::Progress,
    report_files,
    run_request::{Subject, subject},
    runs::{self, Run},
    traces, training,
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
    let request = match subject(model, &args.run)? {
        Subject::Run(request) => request,
        Subject::Result(_) => {
            return Err(CliError::argument(
                model,
                "this is a result already",
                "NAME, SPEC.json or NET.onnx",
            ));
        }
    };
    let folder = args.run.out.as_deref().map(OutputFolder::open).transpose()?;
    let progress = Progress::new(1, console.is_quiet());
    let mut run = Run::new(&request, folder.is_some())?;
    if args.max_batch {
        run.result.memory.largest_batch = Some(pipeline::largest_batch(&request, &run.result, &progress)?);
    }
    drop(progress);
    let result = run.result.clone();
    let reasons = negative(&result, &result.model.name, result.memory.fits, args)?;
    if let Some(folder) = folder {
        let mut files = vec![("result.json".to_owned(), serde_json::to_vec_pretty(&result)?)];
        let labels = labels(std::slice::from_ref(&result));
        files.extend(runs::files(vec![run], &labels, &run_reading(&result), &args.run)?);
        folder.write(&files)?;
    }
    console.answer(&result, render::run)?;
    Ok(Outcome::unless(reasons))
}

fn train(args: &SimulateArgs, console: &Console) -> Result<Outcome, CliError> {
    let request = training::training_request(args.model.as_deref(), args.system.as_deref(), &args.run)?;
    let folder = args.run.out.as_deref().map(OutputFolder::open).transpose()?;
    let progress = Progress::new(1, console.is_quiet());
    let mut traced = match &folder {
        Some(_) => Some(training::traced(&request)?),
        None => None,
    };
    let mut result = match &traced {
        Some(traced) => traced.result.clone(),
        None => training::run(&request)?,
    };
    if args.max_batch {
        training::search_micro_batches(&request, &mut result, &progress)?;
    }
    if args.balance {
        progress.doing(format!("{}: balancing stages", request.network.name));
        result.proposal = Some(training::propose(&request, &result)?);
    }
    drop(progress);
    let reasons = negative(&result, &result.model.name, result.memory.fits, args)?;
    if let (Some(folder), Some(traced)) = (folder, &mut traced) {
        traced.result = result.clone();
        let mut files = vec![("result.json".to_owned(), serde_json::to_vec_pretty(&result)?)];
        files.extend(report_files::system_files(traced, &training::machine(&request)?)?);
        files.extend(traces::system_files(traced, args.run.traces)?);
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
