//! Searches: some points of a grid that is too large to run whole, chosen towards the objectives.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::StudyError;

/// How the points of a space are chosen: all where there are no more than these, or else generation by generation, each bred from the best of those
/// before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// How many are run at most.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub points: u64,
    /// Where chance begins: the same seed finds the same points, on every machine.
    #[serde(default)]
    pub seed: u64,
    /// Points of a generation; 64 where absent.
    #[serde(default = "usual_population")]
    #[schemars(range(min = 4, max = 4096))]
    pub population: u64,
}

const fn usual_population() -> u64 {
    64
}

impl Search {
    /// An error where it cannot be done.
    pub(crate) fn check(&self) -> Result<(), StudyError> {
        for (field, number, allowed) in [
            ("search.points", self.points, 1..=1_000_000),
            ("search.population", self.population, 4..=4096),
        ] {
            if !allowed.contains(&number) {
                return Err(StudyError::field(
                    field,
                    format!("is {number}"),
                    format!("{} to {}", allowed.start(), allowed.end()),
                ));
            }
        }
        Ok(())
    }
}
