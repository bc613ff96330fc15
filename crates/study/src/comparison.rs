//! Comparisons of sets of points, all else or something else being equal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Condition, Goal};

/// A question: how many times better are some points than others?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// What is compared.
    pub name: String,
    /// The points that are the reference: conditions that hold there.
    #[serde(default)]
    pub from: Vec<Condition>,
    /// The points that are held against them.
    #[serde(default)]
    pub to: Vec<Condition>,
    /// Keys by whose values the points of `to` are taken apart: each combination has an answer of its own.
    #[serde(default)]
    pub each: Vec<String>,
    /// Keys that have equal values in whatever is compared.
    #[serde(default)]
    pub within: Vec<String>,
    /// A figure that is made equal: between two points of `to` the compared figure is interpolated, its logarithm linearly. Without
    /// it the best points are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_equal: Option<String>,
    /// What is compared, each by itself.
    pub figures: Vec<ComparedFigure>,
    /// Which of the gains is the answer.
    #[serde(default)]
    pub answer: Answer,
    /// Who published what the figures are held against, and where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Which of several gains is the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Their geometric mean.
    #[default]
    Mean,
    /// The largest one.
    Largest,
}

/// A figure that is compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComparedFigure {
    /// A metric of the study, or a key that is a number.
    pub metric: String,
    /// Which way is better.
    pub goal: Goal,
    /// How many times better it is according to the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<f64>,
}
