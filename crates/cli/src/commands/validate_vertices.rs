//! `tilesim validate vertices`: predicted against given cycles, table by table.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;
use tilesim_codelets::{Count, table::predict};
use tilesim_machine::Machine;
use tilesim_report::{
    ErrorStatistics, relative_error,
    render::{self, Palette, TableErrors},
};

use crate::{args::VerticesArgs, console::Console, csv_rows, error::CliError, exit::Outcome, machines};

/// The answer of `validate`.
#[derive(Debug, Serialize)]
struct Validation {
    /// Version of this format.
    schema: &'static str,
    /// Whose count was compared.
    count: &'static str,
    /// Name of the machine.
    machine: String,
    /// Relative error that was asked for, in percent.
    within_percent: Option<f64>,
    /// Share of rows that was asked for, in percent.
    share_percent: Option<f64>,
    /// Whether every table holds what was asked for.
    holds: bool,
    /// The tables.
    tables: Vec<TableResult>,
}

/// One table of the answer.
#[derive(Debug, Serialize)]
struct TableResult {
    /// Name of the file without its extension.
    name: String,
    /// The file.
    file: PathBuf,
    /// Statistics of the rows.
    #[serde(flatten)]
    statistics: ErrorStatistics,
    /// Share of rows within the bound that was asked for.
    within_share: Option<f64>,
    /// Whether the table holds what was asked for.
    holds: bool,
}

/// Validates every table; negative where one does not hold what was asked for.
pub(crate) fn run(args: &VerticesArgs, console: &Console) -> Result<Outcome, CliError> {
    let machine = machines::load(&args.machine)?;
    let files = csv_rows::files(&args.tables)?;
    let tables = files
        .par_iter()
        .map(|file| table(file, &machine, args))
        .collect::<Vec<Result<TableResult, CliError>>>()
        .into_iter()
        .collect::<Result<Vec<TableResult>, CliError>>()?;
    let failures: Vec<String> = tables
        .iter()
        .filter(|table| !table.holds)
        .map(|table| format!("{}: fewer rows within the bound than asked for", table.name))
        .collect();
    let validation = Validation {
        schema: "tilesim-validation/1",
        count: args.count.name(),
        machine: machine.name,
        within_percent: args.within,
        share_percent: args.share,
        holds: failures.is_empty(),
        tables,
    };
    console.answer(&validation, rendered)?;
    Ok(Outcome::unless(failures))
}

fn rendered(validation: &Validation, palette: &Palette) -> String {
    let tables: Vec<TableErrors<'_>> = validation
        .tables
        .iter()
        .map(|table| TableErrors {
            name: &table.name,
            statistics: table.statistics,
            within: validation
                .within_percent
                .map(|percent| percent / 100.0)
                .zip(table.within_share),
            holds: table.holds,
        })
        .collect();
    render::validation("table", &tables, palette)
}

fn table(file: &Path, machine: &Machine, args: &VerticesArgs) -> Result<TableResult, CliError> {
    let errors = errors(file, machine, args.count.into())?;
    let statistics = ErrorStatistics::of(&errors).ok_or_else(|| CliError::no_rows(file))?;
    let within_share = args
        .within
        .map(|percent| ErrorStatistics::share_within(&errors, percent / 100.0));
    let holds = within_share
        .zip(args.share)
        .is_none_or(|(share, least)| share * 100.0 >= least);
    Ok(TableResult {
        name: file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        file: file.to_owned(),
        statistics,
        within_share,
        holds,
    })
}

/// The relative error of every row of a table.
pub(crate) fn errors(file: &Path, machine: &Machine, count: Count) -> Result<Vec<f64>, CliError> {
    csv_rows::read(file, |placed| {
        let predicted = predict(machine, &placed.row, count).map_err(|source| placed.wrong(source))?;
        Ok(relative_error(predicted.predicted, predicted.given))
    })
}
