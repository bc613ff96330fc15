//! Comparisons of two sets of points: at an equal value of something else, or pair by pair.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Condition, Goal};

/// A question: how many times better are some points than others? Points are matched by either `at_equal` or `pairs`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// What is compared.
    pub name: String,
    /// The points that are the reference: conditions that hold there.
    pub from: Vec<Condition>,
    /// The points that are held against them.
    pub to: Vec<Condition>,
    /// A figure that is made equal: between two points of `to` the compared figure is interpolated, its logarithm linearly. Of
    /// points with the same value the best one counts. The answer is the largest of the gains at the points of `from`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_equal: Option<String>,
    /// Keys that have equal values in both points of a pair. The answer is the geometric mean of the gains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pairs: Option<Vec<String>>,
    /// What is compared, each by itself.
    pub figures: Vec<ComparedFigure>,
    /// Who published what the figures are held against, and where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
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
