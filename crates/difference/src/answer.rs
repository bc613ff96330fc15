//! The answer to the question why: a difference, taken apart, and what would change it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Difference, reading::reading};

/// Version of this format, in its field `schema`.
pub const WHY_SCHEMA: &str = "tilesim-why/1";

/// Why one run takes another time than another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Why {
    /// Version of this format: `tilesim-why/1`.
    pub schema: String,
    /// What it says, in sentences.
    pub reading: Vec<String>,
    /// The difference.
    #[serde(flatten)]
    pub difference: Difference,
    /// What was simulated to see what the difference is due to, what changes it most first.
    pub counterfactuals: Vec<Counterfactual>,
    /// What was not, and why.
    pub not_simulated: Vec<NotSimulated>,
}

/// Both runs once more, one of them or both with other settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counterfactual {
    /// What is asked, such as `with a's group_size in b`.
    pub what: String,
    /// Whose run has the settings.
    pub changed: Changed,
    /// The settings, as `--set KEY=VALUE` takes them; `machine=NAME` is another machine.
    pub set: Vec<String>,
    /// Cycles of the second run as it is.
    pub cycles_before: u64,
    /// Cycles of the second run with these settings.
    pub cycles_after: u64,
    /// Cycles of the first run, with these settings where both have them.
    pub cycles_a: u64,
    /// Images for which the difference is taken.
    pub images: u64,
    /// What is left of the difference, in cycles for these images.
    pub difference_cycles: i64,
}

/// Whose run a counterfactual changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// The second.
    B,
    /// Both.
    Both,
}

/// A counterfactual that was not simulated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotSimulated {
    /// What would have been asked.
    pub what: String,
    /// Why it was not.
    pub reason: String,
}

impl Why {
    /// The answer. Counterfactuals come in the order of what they change, those that change most first.
    pub fn new(
        difference: Difference,
        mut counterfactuals: Vec<Counterfactual>,
        not_simulated: Vec<NotSimulated>,
    ) -> Self {
        let left = |counterfactual: &Counterfactual| {
            // Of as many images as the difference: settings may change the batch.
            let of_images = |images: u64| images as f64;
            counterfactual.difference_cycles as f64 / of_images(counterfactual.images)
        };
        let whole = difference.difference_cycles as f64 / difference.images as f64;
        let change = |counterfactual: &Counterfactual| (whole - left(counterfactual)).abs();
        counterfactuals.sort_by(|one, other| change(other).total_cmp(&change(one)));
        Self {
            schema: WHY_SCHEMA.to_owned(),
            reading: reading(&difference, &counterfactuals, &not_simulated),
            difference,
            counterfactuals,
            not_simulated,
        }
    }
}
