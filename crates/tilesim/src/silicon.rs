//! Predictions beside what was measured on real chips.

mod predict;
mod training;

use std::path::PathBuf;

use rayon::prelude::*;
use tilesim_validate::silicon::{SiliconRow, SiliconValidation, read};

use crate::{Error, OutputFile, PlotOptions, Progress, Simulator, progress};

/// Reads tables of measurements of real chips and predicts every row. A row that cannot be predicted says why, and counts as wrong.
///
/// # Errors
/// Where a table cannot be read; [`Error::Cancelled`] where `progress` says so.
pub fn validate_silicon(
    tables: &[PathBuf],
    simulator: &Simulator,
    progress: &dyn Progress,
) -> Result<SiliconValidation, Error> {
    let rows = read(tables)?;
    progress.total(rows.len() as u64);
    let rows = rows
        .par_iter()
        .map(|measurement| {
            progress::check(progress)?;
            progress.doing(&measurement.id);
            let row = predict::row(measurement, simulator, progress)?;
            progress.advance();
            Ok(row)
        })
        .collect::<Vec<Result<SiliconRow, Error>>>()
        .into_iter()
        .collect::<Result<_, _>>()?;
    Ok(SiliconValidation::of(rows))
}

/// The files of a validation: the answer as JSON, and with the feature `plots` its picture, predicted over measured.
///
/// # Errors
/// Where a file cannot be made.
pub fn silicon_files(validation: &SiliconValidation, plots: &PlotOptions) -> Result<Vec<OutputFile>, Error> {
    let answer = OutputFile::json("silicon.json", validation)?;
    #[cfg(feature = "plots")]
    let files = vec![
        answer,
        OutputFile::new(
            format!("silicon.{}", plots.format.extension()),
            tilesim_page::silicon_picture(&validation.errors, plots)?,
        ),
    ];
    #[cfg(not(feature = "plots"))]
    let files = vec![answer];
    #[cfg(not(feature = "plots"))]
    let _ = plots;
    Ok(files)
}
