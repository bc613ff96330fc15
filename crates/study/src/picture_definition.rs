//! What a study asks of a picture.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Condition, Goal, Value};

/// A picture that a study asks for: lines over the values of a key, or a heat map of two keys where `value` is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PictureDefinition {
    /// Name of its file.
    pub name: String,
    /// The key that is varied from left to right.
    pub x: String,
    /// Of lines the figure; of a heat map the key that is varied from top to bottom.
    pub y: String,
    /// The figure of a heat map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Of lines: keys whose values tell lines apart.
    #[serde(default)]
    pub series: Vec<String>,
    /// Which way the figure is better: of several points at one place the best is drawn.
    #[serde(default = "more")]
    pub goal: Goal,
    /// Whether figures are divided by that at the first place of their line, or by the best of their row.
    #[serde(default)]
    pub relative: bool,
    /// Conditions that hold at points that are drawn.
    #[serde(default, rename = "where")]
    pub filter: Vec<Condition>,
    /// The comparison whose gains are drawn; the figure names one of its metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gains_of: Option<String>,
    /// Of lines: what was measured of the same figure, beside what is simulated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured: Vec<MeasuredLine>,
}

/// Measurements of a figure over the values of a key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasuredLine {
    /// What the line is called.
    pub name: String,
    /// Who measured it, and where it is published.
    pub source: String,
    /// Values of the key `x`, each with the figure.
    pub points: Vec<(Value, f64)>,
}

const fn more() -> Goal {
    Goal::Maximise
}

impl PictureDefinition {
    /// The figure that is drawn.
    pub fn figure(&self) -> &str {
        self.value.as_deref().unwrap_or(&self.y)
    }
}
