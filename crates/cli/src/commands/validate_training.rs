//! `tilesim validate training`: throughput of training configurations, predicted against measured.

mod rendered;

use tilesim::validate_training;

use crate::{args::TrainingArgs, console::Console, error::CliError, exit::Outcome, progress::Progress};

/// Simulates every row's configuration; negative where a row is off by more than was asked for.
pub(crate) fn run(args: &TrainingArgs, console: &Console) -> Result<Outcome, CliError> {
    let progress = Progress::new(0, console.is_quiet());
    let validation = validate_training(&args.tables, args.explain, &progress)?;
    drop(progress);
    let reasons = args
        .within
        .map(|percent| validation.failures(percent / 100.0))
        .unwrap_or_default();
    console.answer(&validation, rendered::rendered)?;
    Ok(Outcome::unless(reasons))
}
