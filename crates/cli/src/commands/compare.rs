//! `tilesim compare`.

use rayon::prelude::*;
use tilesim_report::{Comparison, RunResult, render};
use tilesim_traces::TracedRun;

use crate::{
    args::{CompareArgs, TracesArgument},
    console::Console,
    error::CliError,
    exit::Outcome,
    output::{OutputFolder, file_name},
    pipeline,
    progress::Progress,
    run_request::{Subject, subject},
    traces,
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
    let results = subjects
        .into_par_iter()
        .map(|subject| {
            let result = result(subject, args, &progress);
            progress.advance();
            result
        })
        .collect::<Vec<Result<_, CliError>>>()
        .into_iter()
        .collect::<Result<Vec<_>, CliError>>()?;
    drop(progress);
    let (results, traced): (Vec<RunResult>, Vec<Option<TracedRun>>) = results.into_iter().unzip();
    let comparison = Comparison::new(results)?;
    if let Some(folder) = folder {
        let mut files = files(&comparison)?;
        let traced = traces::named(traced, &comparison);
        if traced.len() < comparison.results.len() && args.run.traces != TracesArgument::None {
            console.remark("results of earlier runs have no traces");
        }
        files.extend(traces::files(&traced, args.run.traces)?);
        folder.write(&files)?;
    }
    console.answer(&comparison, render::comparison)?;
    Ok(Outcome::Positive)
}

/// A result, with the traced run where traces are wanted and it is not an earlier one's.
fn result(
    subject: Subject,
    args: &CompareArgs,
    progress: &Progress,
) -> Result<(RunResult, Option<TracedRun>), CliError> {
    let request = match subject {
        Subject::Result(result) => return Ok((*result, None)),
        Subject::Run(request) => request,
    };
    let traced = match args.run.out {
        Some(_) => traces::traced(&request, args.run.traces)?,
        None => None,
    };
    let mut result = match &traced {
        Some(traced) => traced.result.clone(),
        None => pipeline::run(&request)?,
    };
    if !args.no_max_batch {
        result.memory.largest_batch = Some(pipeline::largest_batch(&request, &result, progress)?);
    }
    Ok((result, traced))
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
