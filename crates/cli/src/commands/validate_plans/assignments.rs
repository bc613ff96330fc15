//! Given assignments, costed again term by term.

use tilesim_report::render::{self, Palette, TableErrors};
use tilesim_validate::plans::AssignmentsTable;

/// One line for each term; `within` is the relative error that was asked for.
pub(super) fn rendered(table: &AssignmentsTable, within: Option<f64>, palette: &Palette) -> String {
    let terms: Vec<TableErrors<'_>> = table
        .terms
        .iter()
        .map(|term| TableErrors {
            name: &term.name,
            statistics: term.statistics,
            within: within.zip(term.within_share),
            holds: term.holds,
        })
        .collect();
    render::validation("term", &terms, palette)
}
