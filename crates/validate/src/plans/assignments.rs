//! Given assignments, costed again term by term.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilesim_codelets::Count;
use tilesim_planner::{PlanCost, PlanError};
use tilesim_report::{ErrorStatistics, relative_error};

use super::{bound::PlansBound, rows::PlacedPlan};

/// A table of given assignments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AssignmentsTable {
    /// Errors of each term, then of the total cycles and of the temporary bytes.
    pub terms: Vec<TermErrors>,
}

/// The errors of one term over all rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TermErrors {
    /// Name of the term.
    pub name: String,
    /// Statistics of the rows; a refused row is wrong by 100 %.
    #[serde(flatten)]
    pub statistics: ErrorStatistics,
    /// Share of rows within the bound that was asked for.
    pub within_share: Option<f64>,
    /// Whether the term holds what was asked for.
    pub holds: bool,
}

impl AssignmentsTable {
    /// Terms that do not hold what was asked for.
    pub(super) fn failures(&self) -> Vec<String> {
        let failing = self.terms.iter().filter(|term| !term.holds);
        failing
            .map(|term| format!("{}: fewer rows within the bound than asked for", term.name))
            .collect()
    }
}

/// Costs every row again; with the reasons of refused rows.
pub(super) fn compare(rows: &[PlacedPlan], bound: Option<PlansBound>) -> (AssignmentsTable, Vec<String>) {
    let costs = costs(rows);
    let refused = costs.iter().filter_map(|cost| cost.as_ref().err());
    let refused = refused.map(PlanError::to_string).collect();
    let mut terms: Vec<(&'static str, Vec<f64>)> = Vec::new();
    for (row, cost) in rows.iter().zip(&costs) {
        let given = terms_with_totals(
            &row.planned.given,
            row.planned.given_cycles,
            row.planned.given_temporary_bytes,
        );
        let ours = cost
            .as_ref()
            .ok()
            .map(|cost| terms_with_totals(cost, cost.cycles(), cost.temporary_bytes()));
        for (index, &(name, given)) in given.iter().enumerate() {
            let error = ours
                .as_ref()
                .map_or(1.0, |ours| relative_error(ours[index].1, given));
            match terms.get_mut(index) {
                Some((_, errors)) => errors.push(error),
                None => terms.push((name, vec![error])),
            }
        }
    }
    let terms = terms
        .iter()
        .filter_map(|(name, errors)| TermErrors::of(name, errors, bound));
    let table = AssignmentsTable {
        terms: terms.collect(),
    };
    (table, refused)
}

/// The relative error of the total cycles of every row; a refused one is wrong by 100 %.
pub(super) fn cycle_errors(rows: &[PlacedPlan]) -> Vec<f64> {
    costs(rows)
        .iter()
        .zip(rows)
        .map(|(cost, row)| {
            cost.as_ref().map_or(1.0, |cost| {
                relative_error(cost.cycles(), row.planned.given_cycles)
            })
        })
        .collect()
}

fn costs(rows: &[PlacedPlan]) -> Vec<Result<PlanCost, PlanError>> {
    rows.par_iter()
        .map(|PlacedPlan { planned, machine, .. }| {
            tilesim_planner::cost(
                machine,
                &planned.convolution,
                &planned.options,
                &planned.plan,
                Count::Vendor,
            )
        })
        .collect()
}

fn terms_with_totals(cost: &PlanCost, cycles: u64, temporary_bytes: u64) -> Vec<(&'static str, u64)> {
    let mut terms = cost.terms().to_vec();
    terms.extend([("cycles", cycles), ("temporary_bytes", temporary_bytes)]);
    terms
}

impl TermErrors {
    fn of(name: &str, errors: &[f64], bound: Option<PlansBound>) -> Option<Self> {
        let within_share = bound.map(|bound| ErrorStatistics::share_within(errors, bound.within));
        Some(Self {
            name: name.to_owned(),
            statistics: ErrorStatistics::of(errors)?,
            within_share,
            holds: within_share
                .zip(bound)
                .is_none_or(|(share, bound)| share >= bound.share),
        })
    }
}
