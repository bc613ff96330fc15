//! Tables of measured training: one throughput a row.

use std::path::{Path, PathBuf};

use crate::{
    cells::{leading_count, optional_number, positive_number, text},
    error::ValidateError,
    row::{Row, RowError},
    vendor_table,
};

/// A line of a table: a configuration and what was measured of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Name of the configuration.
    pub config: String,
    /// What was measured.
    pub figure: MeasuredFigure,
    /// Version of the vendor's software that ran.
    pub sdk: String,
    /// Images at a time, where the table states them.
    pub micro_batch: Option<u64>,
    /// Micro-batches of an update, where the table states them.
    pub accumulation: Option<u64>,
}

/// What was measured of a configuration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MeasuredFigure {
    /// Images per second.
    ImagesPerSecond(f64),
    /// Cycles of one update.
    CyclesOfUpdate(f64),
}

impl MeasuredFigure {
    /// Images per second, of updates of so many images at so many cycles a second.
    pub fn images_per_second(self, images: u64, clock_hz: u64) -> f64 {
        match self {
            Self::ImagesPerSecond(rate) => rate,
            Self::CyclesOfUpdate(cycles) => images as f64 * clock_hz as f64 / cycles,
        }
    }
}

/// Throughput of the configurations of Masters et al. 2021.
const PAPER: &str = "training_images_per_second_pod16";
/// The software that these state.
const PAPER_SDK: &str = "2.0";

/// Reads the measurements of files, or of the CSV files of folders: of tables of the configurations of Masters et al. 2021, or of
/// tables of measurements on real chips.
///
/// # Errors
/// Where a file cannot be read, or a cell holds something unexpected.
pub fn read(tables: &[PathBuf]) -> Result<Vec<Measured>, ValidateError> {
    let mut rows = Vec::new();
    for file in vendor_table::files(tables)? {
        rows.extend(of_file(&file)?);
    }
    Ok(rows)
}

fn of_file(file: &Path) -> Result<Vec<Measured>, ValidateError> {
    let rows = vendor_table::read(file, |placed| {
        let row = &placed.row;
        let measured = if row.has("configuration") {
            on_chips(row)
        } else {
            of_paper(row)
        };
        measured.map_err(|source| placed.wrong(source))
    })?;
    if rows.is_empty() {
        return Err(ValidateError::no_rows(file));
    }
    Ok(rows)
}

fn of_paper(row: &Row<'_>) -> Result<Measured, RowError> {
    Ok(Measured {
        config: text(row, "config")?,
        figure: MeasuredFigure::ImagesPerSecond(positive_number(row, PAPER)?),
        sdk: PAPER_SDK.to_owned(),
        micro_batch: None,
        accumulation: None,
    })
}

fn on_chips(row: &Row<'_>) -> Result<Measured, RowError> {
    let figure = match optional_number(row, "images_per_second")? {
        Some(rate) => MeasuredFigure::ImagesPerSecond(rate),
        None => MeasuredFigure::CyclesOfUpdate(positive_number(row, "cycles_per_update")?),
    };
    Ok(Measured {
        config: text(row, "configuration")?,
        figure,
        sdk: text(row, "sdk")?,
        micro_batch: leading_count(row, "micro_batch")?,
        accumulation: leading_count(row, "accumulation")?,
    })
}
