//! `tilesim validate training`: throughput of training configurations, predicted against measured.

mod rendered;

use rayon::prelude::*;
use tilesim::{Progress as _, Simulator, Training};
use tilesim_validate::{
    ValidateError,
    training::{Measured, TrainingRow, TrainingValidation, read},
};

use crate::{args::TrainingArgs, console::Console, error::CliError, exit::Outcome, progress::Progress};

/// Simulates every row's configuration; negative where a row is off by more than was asked for.
pub(crate) fn run(args: &TrainingArgs, console: &Console) -> Result<Outcome, CliError> {
    let measured = read(&args.table)?;
    let progress = Progress::new(measured.len(), console.is_quiet());
    let rows = measured
        .par_iter()
        .map(|measured| {
            let row = row(measured, args.explain);
            progress.advance();
            row
        })
        .collect::<Vec<Result<TrainingRow, CliError>>>()
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    drop(progress);
    let validation = TrainingValidation::of(rows).ok_or_else(|| ValidateError::no_rows(&args.table))?;
    let reasons = args
        .within
        .map(|percent| validation.failures(percent / 100.0))
        .unwrap_or_default();
    console.answer(&validation, rendered::rendered)?;
    Ok(Outcome::unless(reasons))
}

fn row(measured: &Measured, explain: bool) -> Result<TrainingRow, CliError> {
    let result = Training::of_configuration(&measured.config)?.run(&Simulator::forgetful())?;
    Ok(TrainingRow::new(measured, &result, explain))
}
