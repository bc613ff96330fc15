//! Throughput of training beside what was measured.

use std::path::PathBuf;

use rayon::prelude::*;
use tilesim_machine::system::bundled_configurations;
use tilesim_report::training::TrainingResult;
use tilesim_validate::{
    ValidateError,
    training::{Balance, Measured, TrainingRow, TrainingValidation, read, slowest_over_mean},
};

use crate::{Error, Progress, Setting, Simulator, Training, progress};

/// Reads tables of measured training and predicts every row; `explain` asks for error budgets. How even the stages of the published
/// pipelines are is worked out of all that are bundled.
///
/// # Errors
/// Where a table cannot be read, or a configuration cannot be simulated; [`Error::Cancelled`] where `progress` says so.
pub fn validate_training(
    tables: &[PathBuf],
    explain: bool,
    progress: &dyn Progress,
) -> Result<TrainingValidation, Error> {
    let measured = read(tables)?;
    let others: Vec<&str> = bundled_configurations()
        .into_iter()
        .filter(|name| !measured.iter().any(|measured| measured.config == *name))
        .collect();
    progress.total((measured.len() + others.len()) as u64);
    let rows = in_parallel(&measured, progress, |measured| row(measured, explain))?;
    let others = in_parallel(&others, progress, |name| {
        let result = updated(name, [None, None], &Simulator::forgetful())?;
        Ok(slowest_over_mean(&result).map(|ratio| ((*name).to_owned(), ratio)))
    })?;
    let published = bundled_configurations();
    let pipelines: Vec<(String, f64)> = rows
        .iter()
        .filter(|row| published.contains(&row.config.as_str()))
        .filter_map(|row| Some((row.config.clone(), row.slowest_over_mean_stage?)))
        .chain(others.into_iter().flatten())
        .collect();
    let no_rows = || ValidateError::no_rows(tables.first().map_or("".as_ref(), PathBuf::as_path));
    Ok(TrainingValidation::of(rows, Balance::of(&pipelines)).ok_or_else(no_rows)?)
}

fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    progress: &dyn Progress,
    of: impl Fn(&T) -> Result<R, Error> + Sync,
) -> Result<Vec<R>, Error> {
    let results: Vec<Result<R, Error>> = items
        .par_iter()
        .map(|item| {
            progress::check(progress)?;
            let result = of(item);
            progress.advance();
            result
        })
        .collect();
    results.into_iter().collect()
}

fn row(measured: &Measured, explain: bool) -> Result<TrainingRow, Error> {
    let stated = [measured.micro_batch, measured.accumulation];
    let result = updated(&measured.config, stated, &Simulator::forgetful())?;
    Ok(TrainingRow::new(measured, &result, explain))
}

/// One weight update of a configuration, with the micro-batch and the accumulation of a measurement where that states them.
pub(crate) fn updated(
    configuration: &str,
    [micro_batch, accumulation]: [Option<u64>; 2],
    simulator: &Simulator,
) -> Result<TrainingResult, Error> {
    let stated = [
        ("system.micro_batch", micro_batch),
        ("system.gradient_accumulation", accumulation),
    ];
    let settings: Vec<Setting> = stated
        .into_iter()
        .filter_map(|(key, value)| Some(Setting::new(key, value?)))
        .collect();
    Training::of_configuration(configuration)?
        .set_all(&settings)?
        .run(simulator)
}
