//! `tilesim validate training`: throughput of training configurations, predicted against measured.

use std::path::Path;

use rayon::prelude::*;
use tilesim_report::{
    ErrorStatistics, render,
    training::{Budget, TrainingRow, TrainingValidation, VALIDATION_SCHEMA, group_size_ratios, misordered},
};

use crate::{
    args::TrainingArgs, console::Console, error::CliError, exit::Outcome, progress::Progress, training,
};

/// Measured throughputs that differ by more than this share should be predicted in their order.
const ORDERED_FROM: f64 = 0.15;

/// A line of the table.
struct Measured {
    config: String,
    images_per_second: f64,
}

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
    let errors: Vec<f64> = rows.iter().map(|row| row.error.abs()).collect();
    let statistics = ErrorStatistics::of(&errors).ok_or_else(|| CliError::Table {
        path: args.table.clone(),
        reason: "the table has no rows".to_owned(),
        expected: "a line of column names, then one line for each configuration",
    })?;
    let bound = args.within.map(|percent| percent / 100.0);
    let reasons = rows
        .iter()
        .filter(|row| bound.is_some_and(|bound| row.error.abs() > bound))
        .map(|row| format!("{} is off by {:+.1} %", row.config, 100.0 * row.error))
        .collect();
    let validation = TrainingValidation {
        schema: VALIDATION_SCHEMA.to_owned(),
        statistics,
        group_size_ratios: group_size_ratios(&rows),
        misordered: misordered(&rows, ORDERED_FROM),
        rows,
    };
    console.answer(&validation, render::training_validation)?;
    Ok(Outcome::unless(reasons))
}

fn row(measured: &Measured, explain: bool) -> Result<TrainingRow, CliError> {
    let result = training::run(&training::of_configuration(&measured.config)?)?;
    let predicted = result.time.images_per_second;
    Ok(TrainingRow {
        config: measured.config.clone(),
        predicted,
        measured: measured.images_per_second,
        error: predicted / measured.images_per_second - 1.0,
        fits: result.memory.fits,
        peak_bytes: result
            .stages
            .iter()
            .map(|stage| stage.memory.peak_bytes)
            .collect(),
        tile_bytes: result.memory.tile_bytes,
        budget: explain.then(|| Budget::new(&result, measured.images_per_second)),
    })
}

fn read(path: &Path) -> Result<Vec<Measured>, CliError> {
    let text = std::fs::read_to_string(path).map_err(CliError::read(path))?;
    let wrong = |reason: String| CliError::Table {
        path: path.to_owned(),
        reason,
        expected: "columns `config` and `training_images_per_second_pod16`, the latter positive numbers",
    };
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader
        .headers()
        .map_err(|error| wrong(error.to_string()))?
        .clone();
    let column = |name: &str| {
        headers
            .iter()
            .position(|header| header == name)
            .ok_or_else(|| wrong(format!("no column `{name}`")))
    };
    let (config, throughput) = (column("config")?, column("training_images_per_second_pod16")?);
    reader
        .records()
        .map(|record| {
            let record = record.map_err(|error| wrong(error.to_string()))?;
            let text = record.get(throughput).unwrap_or_default();
            let images_per_second = text
                .trim()
                .parse()
                .ok()
                .filter(|rate: &f64| rate.is_finite() && *rate > 0.0);
            Ok(Measured {
                config: record.get(config).unwrap_or_default().to_owned(),
                images_per_second: images_per_second
                    .ok_or_else(|| wrong(format!("`{text}` is no throughput")))?,
            })
        })
        .collect()
}
