//! `tilesim validate plans`: the cost function against the vendor's, and the planner against the vendor's planner.

mod assignments;
mod planned;
mod rows;

use std::path::{Path, PathBuf};

use serde::Serialize;
use tilesim_planner::table::TableFamily;
use tilesim_report::render::{Palette, Role};

use crate::{args::PlansArgs, console::Console, csv_rows, error::CliError, exit::Outcome};

use assignments::AssignmentsTable;
use planned::PlannedTable;

/// The answer of `validate plans`.
#[derive(Debug, Serialize)]
struct PlansValidation {
    /// Version of this format.
    schema: &'static str,
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
    /// Whether the table holds what was asked for.
    holds: bool,
    /// Rows whose plan no kernel can compute, which count as wrong: how many for each reason.
    refused: Vec<Refused>,
    /// What was compared.
    #[serde(flatten)]
    comparison: Comparison,
}

/// Plans that were refused.
#[derive(Debug, Serialize)]
struct Refused {
    /// Why.
    reason: String,
    /// Rows.
    rows: u64,
}

/// What the family of a table allows to compare.
#[derive(Debug, Serialize)]
#[serde(tag = "family", rename_all = "snake_case")]
enum Comparison {
    /// Given assignments, costed again.
    Assignments(AssignmentsTable),
    /// The vendor's choices, costed again and planned here.
    Planned(PlannedTable),
}

/// What the user asks of every table: a relative error, and the share of rows that must not exceed it; both as fractions.
#[derive(Debug, Clone, Copy)]
struct Bound {
    within: f64,
    share: f64,
}

/// Validates every table; negative where one does not hold what was asked for, or the vendor's plan beats the one found here.
pub(crate) fn run(args: &PlansArgs, console: &Console) -> Result<Outcome, CliError> {
    let bound = args.within.zip(args.share).map(|(within, share)| Bound {
        within: within / 100.0,
        share: share / 100.0,
    });
    let mut tables = Vec::new();
    let mut failures = Vec::new();
    for file in csv_rows::files(&args.tables)? {
        let (table, reasons) = table(&file, bound)?;
        failures.extend(
            reasons
                .into_iter()
                .map(|reason| format!("{}: {reason}", table.name)),
        );
        tables.push(table);
    }
    let validation = PlansValidation {
        schema: "tilesim-plans-validation/1",
        within_percent: args.within,
        share_percent: args.share,
        holds: failures.is_empty(),
        tables,
    };
    console.answer(&validation, |validation, palette| {
        rendered(validation, bound, palette)
    })?;
    Ok(Outcome::unless(failures))
}

/// The relative error of the cycles of every row of a table of given assignments; none where the table is another.
pub(crate) fn cycle_errors(file: &Path) -> Result<Vec<f64>, CliError> {
    let rows = rows::read(file)?;
    let given = rows
        .first()
        .is_some_and(|row| row.planned.family == TableFamily::Assignments);
    Ok(if given {
        assignments::cycle_errors(&rows)
    } else {
        Vec::new()
    })
}

/// One table, and why it does not hold what was asked for.
fn table(file: &Path, bound: Option<Bound>) -> Result<(TableResult, Vec<String>), CliError> {
    let rows = rows::read(file)?;
    let family = rows.first().map(|row| row.planned.family);
    let (comparison, refused, reasons) = match family {
        Some(TableFamily::Assignments) => {
            let (table, refused) = assignments::compare(&rows, bound);
            let reasons = table.failures();
            (Comparison::Assignments(table), refused, reasons)
        }
        Some(TableFamily::Planned) => {
            let (table, refused) = planned::compare(file, &rows, bound)?;
            let reasons = table.failures();
            (Comparison::Planned(table), refused, reasons)
        }
        None => {
            return Err(CliError::no_rows(file));
        }
    };
    let result = TableResult {
        name: file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        file: file.to_owned(),
        holds: reasons.is_empty(),
        refused: counted(refused),
        comparison,
    };
    Ok((result, reasons))
}

/// Equal reasons together, in their order.
fn counted(mut reasons: Vec<String>) -> Vec<Refused> {
    reasons.sort();
    let mut counted: Vec<Refused> = Vec::new();
    for reason in reasons {
        match counted.last_mut().filter(|last| last.reason == reason) {
            Some(last) => last.rows += 1,
            None => counted.push(Refused { reason, rows: 1 }),
        }
    }
    counted
}

fn rendered(validation: &PlansValidation, bound: Option<Bound>, palette: &Palette) -> String {
    let mut text = String::new();
    for table in &validation.tables {
        if !text.is_empty() {
            text.push('\n');
        }
        text += &palette.paint(Role::Title, &table.name);
        text.push('\n');
        text += &match &table.comparison {
            Comparison::Assignments(assignments) => assignments::rendered(assignments, bound, palette),
            Comparison::Planned(planned) => planned::rendered(planned, palette),
        };
        for refused in &table.refused {
            let rows = if refused.rows == 1 { "row" } else { "rows" };
            let line = format!(
                "{} {rows} refused, counted as wrong: {}",
                refused.rows, refused.reason
            );
            text += &tilesim_report::render::wrapped(&line, "", tilesim_report::render::WIDTH);
        }
    }
    text
}
