//! `tilesim validate training`: throughput of training configurations, predicted against measured.

use std::path::Path;

use rayon::prelude::*;
use tilesim_report::{
    ErrorStatistics, render,
    training::{Budget, TrainingRow, TrainingValidation, VALIDATION_SCHEMA, group_size_ratios, misordered},
};

use crate::{
    args::TrainingArgs, console::Console, csv_rows, error::CliError, exit::Outcome, progress::Progress,
    training,
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
    let statistics = ErrorStatistics::of(&errors).ok_or_else(|| CliError::no_rows(&args.table))?;
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

fn read(file: &Path) -> Result<Vec<Measured>, CliError> {
    const THROUGHPUT: &str = "training_images_per_second_pod16";
    csv_rows::read(file, |placed| {
        let row = &placed.row;
        let throughput = row
            .get(THROUGHPUT)
            .and_then(|text| text.trim().parse::<f64>().ok());
        Ok(Measured {
            config: row
                .text("config")
                .map_err(|source| placed.wrong(source))?
                .to_owned(),
            images_per_second: throughput
                .filter(|rate| rate.is_finite() && *rate > 0.0)
                .ok_or_else(|| placed.wrong(row.unexpected(THROUGHPUT, "a positive number")))?,
        })
    })
}
