//! `tilesim compare`.

use rayon::prelude::*;
use tilesim_report::{Comparison, RunResult, render};

use crate::{
    args::CompareArgs,
    console::Console,
    error::CliError,
    exit::Outcome,
    output::{OutputFolder, file_name},
    pipeline,
    progress::Progress,
    run_request::{Subject, subject},
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
            let result = result(subject, !args.no_max_batch, &progress);
            progress.advance();
            result
        })
        .collect::<Vec<Result<RunResult, CliError>>>()
        .into_iter()
        .collect::<Result<Vec<RunResult>, CliError>>()?;
    drop(progress);
    let comparison = Comparison::new(results)?;
    if let Some(folder) = folder {
        folder.write(&files(&comparison)?)?;
    }
    console.answer(&comparison, render::comparison)?;
    Ok(Outcome::Positive)
}

fn result(subject: Subject, search_batch: bool, progress: &Progress) -> Result<RunResult, CliError> {
    match subject {
        Subject::Result(result) => Ok(*result),
        Subject::Run(request) => {
            let mut result = pipeline::run(&request)?;
            if search_batch {
                result.memory.largest_batch = Some(pipeline::largest_batch(&request, &result, progress)?);
            }
            Ok(result)
        }
    }
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
