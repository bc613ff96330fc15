//! What a study asks of a front.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Condition, Objective};

/// A front that a study asks for: its points are as good as any other in all objectives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FrontDefinition {
    /// What it is called.
    pub name: String,
    /// What is better; a metric may be a key that is a number.
    pub objectives: Vec<Objective>,
    /// Conditions that hold at points that take part.
    #[serde(default, rename = "where")]
    pub filter: Vec<Condition>,
    /// Name of the file of its picture; fronts of one picture stand side by side in it, over the same first objective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}
