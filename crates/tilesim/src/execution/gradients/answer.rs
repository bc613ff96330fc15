//! How gradients compare with those of a reference.

use schemars::JsonSchema;
use serde::Serialize;

/// Tensors that are listed where all agree.
const LISTED: usize = 5;

/// How the results and gradients of a training step compare with those of a reference.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GradientComparison {
    /// Version of this format.
    pub schema: &'static str,
    /// Largest difference that is taken, relative to the largest magnitude of a tensor.
    pub tolerance: f64,
    /// The largest of the differences.
    pub worst: f64,
    /// Results and gradients, as far as the reference has them; the worst first.
    pub compared: Vec<Compared>,
    /// Arrays of the reference that the network has nothing for.
    pub unknown: Vec<String>,
    /// Gradients that the reference does not hold.
    pub missing: Vec<String>,
    /// How it was computed.
    pub remarks: Vec<String>,
}

/// One tensor.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Compared {
    /// Its name in the reference.
    pub name: String,
    /// The network's own name for it.
    pub parameter: Option<String>,
    /// What told that it is the same tensor.
    pub matched_by: MatchedBy,
    /// Its elements.
    pub elements: usize,
    /// Largest difference, relative to the largest magnitude.
    pub relative: f64,
    /// Whether that is within the tolerance.
    pub agrees: bool,
}

/// What tells that two tensors are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchedBy {
    /// Their name.
    Name,
    /// Their values, as no other tensor is so near.
    Values,
    /// Their place among those that have no names in common.
    Place,
}

impl GradientComparison {
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

    /// Why the answer is negative; empty where it is not.
    pub fn complaints(&self) -> Vec<String> {
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
