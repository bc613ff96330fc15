//! `tilesim compare`.

use rayon::prelude::*;
use tilesim::{
    OutputFile, OutputFolder, Progress as _, RunRecord, Simulator, Subject, Wanted, file_name, run_files,
};
use tilesim_report::{Comparison, labels, render};

use crate::{
    args::{CompareArgs, TracesArgument},
    console::Console,
    error::CliError,
    exit::Outcome,
    progress::Progress,
};

/// Compares networks with the first; that one does not fit is part of the answer.
pub(crate) fn run(args: &CompareArgs, console: &Console) -> Result<Outcome, CliError> {
    let options = args.run.inference(&args.shapes.input)?;
    let subjects = Subject::all(&args.models, &options)?;
    let folder = args.run.out.as_deref().map(OutputFolder::open).transpose()?;
    let progress = Progress::new(subjects.len(), console.is_quiet());
    let wanted = Wanted {
        largest_batch: args.max_batch,
        details: folder.is_some(),
    };
    // In order, whoever is ready first: the answer does not depend on the threads.
    let runs = subjects
        .into_par_iter()
        .map(|subject| {
            let run = subject.record(wanted, &Simulator::forgetful(), &progress);
            progress.advance();
            run
        })
        .collect::<Vec<Result<RunRecord, tilesim::Error>>>()
        .into_iter()
        .collect::<Result<Vec<RunRecord>, tilesim::Error>>()?;
    drop(progress);
    let comparison =
        Comparison::new(runs.iter().map(|run| run.result.clone()).collect()).map_err(tilesim::Error::from)?;
    if let Some(folder) = folder {
        if args.run.traces != TracesArgument::None && runs.iter().any(|run| run.details.is_none()) {
            console.remark("results of earlier runs have no traces");
        }
        let labels = labels(&comparison.results);
        let mut files = files(&comparison)?;
        files.extend(run_files(
            runs,
            &labels,
            &comparison.reading,
            &args.run.plots.options(),
            args.run.traces.format(),
        )?);
        folder.write(&files)?;
    }
    console.answer(&comparison, render::comparison)?;
    Ok(Outcome::Positive)
}

/// The comparison, and every result in a file of its own that `compare` reads again.
fn files(comparison: &Comparison) -> Result<Vec<OutputFile>, CliError> {
    let mut files = vec![OutputFile::json("comparison.json", comparison)?];
    for (index, (result, ratios)) in comparison.results.iter().zip(&comparison.ratios).enumerate() {
        let name = format!("{:02}-{}.json", index + 1, file_name(&ratios.name));
        files.push(OutputFile::json(name, result)?);
    }
    Ok(files)
}
