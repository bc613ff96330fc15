//! The answer of `tilesim sensitivity`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Curve, Figures, Purchase, Response, ranking::ranking};

/// Version of this format, in its field `schema`.
pub const SENSITIVITY_SCHEMA: &str = "tilesim-sensitivity/1";

/// How a run responds to its numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sensitivity {
    /// Version of this format: `tilesim-sensitivity/1`.
    pub schema: String,
    /// What is run.
    #[serde(flatten)]
    pub subject: Subject,
    /// Factor by which numbers are made larger and smaller; whole numbers go to the next legal one at least that far away.
    pub step: f64,
    /// What the run takes as it is.
    pub base: Figures,
    /// Every number, those whose time responds most first.
    pub numbers: Vec<NumberSensitivity>,
    /// What to buy next: numbers of the machine by the time that a step saves, with plans made anew.
    pub ranking: Vec<Purchase>,
    /// Curves that were asked for.
    pub curves: Vec<Curve>,
    /// Numbers that were not varied.
    pub not_varied: Vec<NotVaried>,
}

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// Name of the network.
    pub model: String,
    /// Name of the machine.
    pub machine: String,
    /// What was changed of either, as `key=value`.
    pub overrides: Vec<String>,
    /// Images at a time.
    pub batch: u64,
}

/// How a run responds to one of its numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NumberSensitivity {
    /// The number, as `--set` takes it.
    pub key: String,
    /// As it is.
    pub value: f64,
    /// Its unit; empty where it has none.
    pub unit: String,
    /// Where convolutions are planned and the network is lowered anew for the other number.
    pub replanned: Response,
    /// Where the program of the run as it is runs on the other machine, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Response>,
}

/// A number that was not varied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotVaried {
    /// The number.
    pub key: String,
    /// Why not.
    pub reason: String,
}

impl Sensitivity {
    /// The answer; numbers come in the order of how much time responds to them.
    pub fn new(
        subject: Subject,
        step: f64,
        base: Figures,
        mut numbers: Vec<NumberSensitivity>,
        curves: Vec<Curve>,
        not_varied: Vec<NotVaried>,
    ) -> Self {
        let size = |number: &NumberSensitivity| number.replanned.time.single().map_or(0.0, f64::abs);
        // Equal ones stay in the order of the machine file and the specification.
        numbers.sort_by(|one, other| size(other).total_cmp(&size(one)));
        Self {
            schema: SENSITIVITY_SCHEMA.to_owned(),
            ranking: ranking(&base, &numbers),
            subject,
            step,
            base,
            numbers,
            curves,
            not_varied,
        }
    }
}
