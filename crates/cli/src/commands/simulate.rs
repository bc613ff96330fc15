//! `tilesim simulate`.

use tilesim_report::{RunResult, labels, render, run_reading};

use crate::{
    args::SimulateArgs,
    assertion::Verdict,
    console::Console,
    error::CliError,
    exit::Outcome,
    output::OutputFolder,
    pipeline,
    progress::Progress,
    run_request::{Subject, subject},
    runs::{self, Run},
};

/// Simulates one network; negative where it does not fit or a claim fails.
pub(crate) fn run(args: &SimulateArgs, console: &Console) -> Result<Outcome, CliError> {
    let request = match subject(&args.model, &args.run)? {
        Subject::Run(request) => request,
        Subject::Result(_) => {
            return Err(CliError::argument(
                &args.model,
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
    let reasons = negative(&result, args)?;
    if let Some(folder) = folder {
        let mut files = vec![("result.json".to_owned(), serde_json::to_vec_pretty(&result)?)];
        let labels = labels(std::slice::from_ref(&result));
        files.extend(runs::files(vec![run], &labels, &run_reading(&result), &args.run)?);
        folder.write(&files)?;
    }
    console.answer(&result, render::run)?;
    Ok(Outcome::unless(reasons))
}

/// Why the answer is negative; empty where it is positive.
fn negative(result: &RunResult, args: &SimulateArgs) -> Result<Vec<String>, CliError> {
    let mut reasons = Vec::new();
    if !result.memory.fits {
        reasons.push(format!("{} does not fit", result.model.name));
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
