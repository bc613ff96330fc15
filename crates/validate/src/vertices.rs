//! Cycles of kernels on one tile, predicted against those of the vendor's own cycle model, table by table.

mod predicted;
mod rows;

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilesim_codelets::Count;
use tilesim_machine::Machine;
use tilesim_report::{ErrorStatistics, relative_error};

use crate::{error::ValidateError, vendor_table};

pub use predicted::Predicted;
pub use rows::{convolution_vertex, machine_of, predict};

/// The answer of `validate vertices`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VerticesValidation {
    /// Version of this format.
    pub schema: String,
    /// Whose count was compared.
    pub count: String,
    /// Name of the machine.
    pub machine: String,
    /// Relative error that was asked for, in percent.
    pub within_percent: Option<f64>,
    /// Share of rows that was asked for, in percent.
    pub share_percent: Option<f64>,
    /// Whether every table holds what was asked for.
    pub holds: bool,
    /// The tables.
    pub tables: Vec<VertexTable>,
}

/// One table of the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VertexTable {
    /// Name of the file without its extension.
    pub name: String,
    /// The file.
    pub file: PathBuf,
    /// Statistics of the rows.
    #[serde(flatten)]
    pub statistics: ErrorStatistics,
    /// Share of rows within the bound that was asked for.
    pub within_share: Option<f64>,
    /// Whether the table holds what was asked for.
    pub holds: bool,
}

/// What is asked of every table: a relative error, and the share of rows that must not exceed it; in percent.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct VerticesBound {
    /// Relative error.
    pub within_percent: Option<f64>,
    /// Share of rows.
    pub share_percent: Option<f64>,
}

impl VerticesValidation {
    /// The tables that do not hold what was asked for.
    pub fn failures(&self) -> Vec<String> {
        let failing = self.tables.iter().filter(|table| !table.holds);
        failing
            .map(|table| format!("{}: fewer rows within the bound than asked for", table.name))
            .collect()
    }
}

/// Predicts every row of the tables, which are files or folders of them; `count` says whose cycles are compared.
///
/// # Errors
/// Where a table cannot be read, or a row of it cannot be predicted.
pub fn validate(
    paths: &[PathBuf],
    machine: &Machine,
    count: Count,
    bound: VerticesBound,
) -> Result<VerticesValidation, ValidateError> {
    let tables = vendor_table::files(paths)?
        .par_iter()
        .map(|file| table(file, machine, count, bound))
        .collect::<Vec<Result<VertexTable, ValidateError>>>()
        .into_iter()
        .collect::<Result<Vec<VertexTable>, ValidateError>>()?;
    Ok(VerticesValidation {
        schema: "tilesim-validation/1".to_owned(),
        count: match count {
            Count::Vendor => "vendor",
            Count::Machine => "machine",
        }
        .to_owned(),
        machine: machine.name.clone(),
        within_percent: bound.within_percent,
        share_percent: bound.share_percent,
        holds: tables.iter().all(|table| table.holds),
        tables,
    })
}

fn table(
    file: &Path,
    machine: &Machine,
    count: Count,
    bound: VerticesBound,
) -> Result<VertexTable, ValidateError> {
    let errors = cycle_errors(file, machine, count)?;
    let statistics = ErrorStatistics::of(&errors).ok_or_else(|| ValidateError::no_rows(file))?;
    let within_share = bound
        .within_percent
        .map(|percent| ErrorStatistics::share_within(&errors, percent / 100.0));
    let holds = within_share
        .zip(bound.share_percent)
        .is_none_or(|(share, least)| share * 100.0 >= least);
    Ok(VertexTable {
        name: vendor_table::name(file),
        file: file.to_owned(),
        statistics,
        within_share,
        holds,
    })
}

/// The relative error of every row of a table.
pub(crate) fn cycle_errors(file: &Path, machine: &Machine, count: Count) -> Result<Vec<f64>, ValidateError> {
    vendor_table::read(file, |placed| {
        let predicted = predict(machine, &placed.row, count).map_err(|source| placed.wrong(source))?;
        Ok(relative_error(predicted.predicted, predicted.given))
    })
}
