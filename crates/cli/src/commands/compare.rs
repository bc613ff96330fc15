//! `tilesim compare`.

use rayon::prelude::*;
use tilesim_report::{Comparison, labels, render};

use crate::{
    args::{CompareArgs, TracesArgument},
    console::Console,
    error::CliError,
    exit::Outcome,
    output::{OutputFolder, file_name},
    pipeline,
    progress::Progress,
    run_request::{Subject, subject},
    runs::{self, Run},
};

/// Compares networks with the first; that one does not fit is part of the answer.
pub(crate) fn run(args: &CompareArgs, console: &Console) -> Result<Outcome, CliError> {
    let subjects = args
        .models
        .iter()
        .map(|model| subject(model, &args.run))
        .collect::<Result<Vec<Subject>, CliError>>()?;
    let folder = args.run.out.as_deref().map(OutputFolder::open).transpose()?;
    let progress = Progress::new(subjects.len(), console.is_quiet());
    // In order, whoever is ready first: the answer does not depend on the threads.
    let runs = subjects
        .into_par_iter()
        .map(|subject| {
            let run = run_of(subject, args, &progress);
            progress.advance();
            run
        })
        .collect::<Vec<Result<Run, CliError>>>()
        .into_iter()
        .collect::<Result<Vec<Run>, CliError>>()?;
    drop(progress);
    let comparison = Comparison::new(runs.iter().map(|run| run.result.clone()).collect())?;
    if let Some(folder) = folder {
        if args.run.traces != TracesArgument::None && runs.iter().any(|run| run.details.is_none()) {
            console.remark("results of earlier runs have no traces");
        }
        let labels = labels(&comparison.results);
        let mut files = files(&comparison)?;
        files.extend(runs::files(runs, &labels, &comparison.reading, &args.run)?);
        folder.write(&files)?;
    }
    console.answer(&comparison, render::comparison)?;
    Ok(Outcome::Positive)
}

fn run_of(subject: Subject, args: &CompareArgs, progress: &Progress) -> Result<Run, CliError> {
    let request = match subject {
        Subject::Result(result) => return Ok(Run::from(*result)),
        Subject::Run(request) => request,
    };
    let mut run = Run::new(&request, args.run.out.is_some())?;
    if !args.no_max_batch {
        let largest = pipeline::largest_batch(&request, &run.result, progress)?;
        run.result.memory.largest_batch = Some(largest);
    }
    Ok(run)
}

/// The comparison, and every result in a file of its own that `compare` reads again.
fn files(comparison: &Comparison) -> Result<Vec<(String, Vec<u8>)>, CliError> {
    let mut files = vec![(
        "comparison.json".to_owned(),
        serde_json::to_vec_pretty(comparison)?,
    )];
    for (index, (result, ratios)) in comparison.results.iter().zip(&comparison.ratios).enumerate() {
        let name = format!("{:02}-{}.json", index + 1, file_name(&ratios.name));
        files.push((name, serde_json::to_vec_pretty(result)?));
    }
    Ok(files)
}
