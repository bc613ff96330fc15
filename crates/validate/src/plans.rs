//! The planner's cost function against the vendor's, and the planner against the vendor's planner.

mod assignments;
mod bound;
mod planned;
mod row;
mod rows;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{error::ValidateError, vendor_table};
use bound::PlansBound;

pub use assignments::{AssignmentsTable, TermErrors};
pub use planned::{LayerCycles, PlannedLayer, PlannedTable};
pub use row::{JointLayer, PlannedRow, TableFamily};
pub use rows::parse_row;

/// The answer of `validate plans`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlansValidation {
    /// Version of this format.
    pub schema: String,
    /// Relative error that was asked for, in percent.
    pub within_percent: Option<f64>,
    /// Share of rows that was asked for, in percent.
    pub share_percent: Option<f64>,
    /// Whether every table holds what was asked for.
    pub holds: bool,
    /// The tables.
    pub tables: Vec<PlanTable>,
}

/// One table of the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanTable {
    /// Name of the file without its extension.
    pub name: String,
    /// The file.
    pub file: PathBuf,
    /// Whether the table holds what was asked for.
    pub holds: bool,
    /// Rows whose plan no kernel can compute, which count as wrong: how many for each reason.
    pub refused: Vec<Refused>,
    /// What was compared.
    #[serde(flatten)]
    pub comparison: PlanComparison,
}

/// Plans that were refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refused {
    /// Why.
    pub reason: String,
    /// Rows.
    pub rows: u64,
}

/// What the family of a table allows to compare.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "family", rename_all = "snake_case")]
pub enum PlanComparison {
    /// Given assignments, costed again.
    Assignments(AssignmentsTable),
    /// The vendor's choices, costed again and planned here.
    Planned(PlannedTable),
}

impl PlanComparison {
    /// Why the table does not hold what was asked for, or what has to hold always.
    fn failures(&self) -> Vec<String> {
        match self {
            Self::Assignments(table) => table.failures(),
            Self::Planned(table) => table.failures(),
        }
    }
}

impl PlansValidation {
    /// What does not hold: table by table what was asked for, and plans of the vendor that beat those found here.
    pub fn failures(&self) -> Vec<String> {
        self.tables
            .iter()
            .flat_map(|table| {
                let reasons = table.comparison.failures().into_iter();
                reasons.map(|reason| format!("{}: {reason}", table.name))
            })
            .collect()
    }
}

/// Compares the tables, which are files or folders of them. `within_percent` is a relative error, and `share_percent` the share of rows
/// that must not exceed it.
///
/// # Errors
/// Where a table cannot be read, or a row of it cannot be planned.
pub fn validate(
    paths: &[PathBuf],
    within_percent: Option<f64>,
    share_percent: Option<f64>,
) -> Result<PlansValidation, ValidateError> {
    let bound = PlansBound::of_percent(within_percent, share_percent);
    let tables = vendor_table::files(paths)?
        .iter()
        .map(|file| table(file, bound))
        .collect::<Result<Vec<PlanTable>, ValidateError>>()?;
    Ok(PlansValidation {
        schema: "tilesim-plans-validation/1".to_owned(),
        within_percent,
        share_percent,
        holds: tables.iter().all(|table| table.holds),
        tables,
    })
}

/// The relative error of the cycles of every row of a table of given assignments; none where the table is another.
pub(crate) fn cycle_errors(file: &Path) -> Result<Vec<f64>, ValidateError> {
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

fn table(file: &Path, bound: Option<PlansBound>) -> Result<PlanTable, ValidateError> {
    let rows = rows::read(file)?;
    let family = rows.first().map(|row| row.planned.family);
    let (comparison, refused) = match family {
        Some(TableFamily::Assignments) => {
            let (table, refused) = assignments::compare(&rows, bound);
            (PlanComparison::Assignments(table), refused)
        }
        Some(TableFamily::Planned) => {
            let (table, refused) = planned::compare(file, &rows, bound)?;
            (PlanComparison::Planned(table), refused)
        }
        None => {
            return Err(ValidateError::no_rows(file));
        }
    };
    Ok(PlanTable {
        name: vendor_table::name(file),
        file: file.to_owned(),
        holds: comparison.failures().is_empty(),
        refused: counted(refused),
        comparison,
    })
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
