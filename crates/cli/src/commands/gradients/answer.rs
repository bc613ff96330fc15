//! What the command answers.

use serde::Serialize;
use tilesim_report::render::Palette;

/// Tensors that are listed where all agree.
const LISTED: usize = 5;

/// What the command answers.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    schema: &'static str,
    tolerance: f64,
    /// The largest of the differences.
    worst: f64,
    /// Results and gradients, as far as the reference has them; the worst first.
    compared: Vec<Compared>,
    /// Arrays of the reference that the network has nothing for.
    unknown: Vec<String>,
    /// Gradients that the reference does not hold.
    missing: Vec<String>,
    /// How it was computed.
    remarks: Vec<String>,
}

/// One tensor.
#[derive(Debug, Serialize)]
pub(super) struct Compared {
    pub(super) name: String,
    /// The network's own name for it.
    pub(super) parameter: Option<String>,
    /// What told that it is the same tensor.
    pub(super) matched_by: MatchedBy,
    pub(super) elements: usize,
    /// Largest difference, relative to the largest magnitude.
    pub(super) relative: f64,
    pub(super) agrees: bool,
}

/// What tells that two tensors are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum MatchedBy {
    /// Their name.
    Name,
    /// Their values, as no other tensor is so near.
    Values,
    /// Their place among those that have no names in common.
    Place,
}

impl Answer {
    pub(super) fn new(
        tolerance: f64,
        mut compared: Vec<Compared>,
        unknown: Vec<String>,
        missing: Vec<String>,
        remarks: Vec<String>,
    ) -> Self {
        compared.sort_by(|one, other| other.relative.total_cmp(&one.relative));
        Self {
            schema: "tilesim-gradients/1",
            tolerance,
            worst: compared.first().map_or(0.0, |compared| compared.relative),
            compared,
            unknown,
            missing,
            remarks,
        }
    }

    /// Why the answer is negative, if it is.
    pub(super) fn complaints(&self) -> Vec<String> {
        let off = self.compared.iter().filter(|compared| !compared.agrees);
        let mut complaints: Vec<String> = off
            .map(|compared| format!("`{}` is off by {:.1e}", compared.name, compared.relative))
            .chain(
                self.unknown
                    .iter()
                    .map(|name| format!("the network has nothing for `{name}`")),
            )
            .collect();
        let more = complaints.len().saturating_sub(LISTED);
        if more > 0 {
            complaints.truncate(LISTED);
            complaints.push(format!("and {more} more"));
        }
        complaints
    }
}

/// The worst tensors, then the sum.
pub(super) fn table(answer: &Answer, _: &Palette) -> String {
    let off = answer.compared.iter().filter(|compared| !compared.agrees).count();
    let listed = answer.compared.iter().take(off.max(LISTED));
    let width = listed
        .clone()
        .map(|compared| compared.name.chars().count())
        .max()
        .unwrap_or(0);
    let rows = listed.map(|compared| {
        let own = compared.parameter.as_deref().unwrap_or_default();
        let place = match compared.matched_by {
            MatchedBy::Name => String::new(),
            MatchedBy::Values => format!("  (by its values: `{own}`)"),
            MatchedBy::Place => format!("  (by its place: `{own}`)"),
        };
        let verdict = if compared.agrees { "" } else { "  off" };
        format!(
            "  {:width$}  {:>9.3e}{place}{verdict}",
            compared.name, compared.relative
        )
    });
    let remarks = answer.remarks.iter().map(|remark| format!("{remark}\n"));
    let names = |names: &[String]| {
        let listed = names.iter().take(LISTED).map(|name| format!("`{name}`"));
        let listed = listed.collect::<Vec<_>>().join(", ");
        match names.len().saturating_sub(LISTED) {
            0 => listed,
            more => format!("{listed} and {more} more"),
        }
    };
    let missing = (!answer.missing.is_empty())
        .then(|| format!("the reference does not hold {}", names(&answer.missing)));
    let unknown = (!answer.unknown.is_empty())
        .then(|| format!("the network has nothing for {}", names(&answer.unknown)));
    let sum = format!(
        "{} of {} tensors agree with the reference within {:.1e}; the largest difference is {:.3e}",
        answer.compared.len() - off,
        answer.compared.len() + answer.unknown.len(),
        answer.tolerance,
        answer.worst,
    );
    remarks.collect::<String>()
        + "Largest difference, relative to the largest magnitude\n"
        + &rows
            .chain(missing)
            .chain(unknown)
            .chain([sum])
            .collect::<Vec<_>>()
            .join("\n")
        + "\n"
}
