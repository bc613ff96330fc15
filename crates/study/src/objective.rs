//! Objectives: what is better.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A metric, or a key that is a number, and which way it is better.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// One of the study's metrics.
    pub metric: String,
    /// Which way is better.
    pub goal: Goal,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// More is better.
    Maximise,
    /// Less is better.
    Minimise,
}

impl Goal {
    /// The figure turned so that more is better.
    pub fn merit(self, figure: f64) -> f64 {
        match self {
            Self::Maximise => figure,
            Self::Minimise => -figure,
        }
    }

    /// How many times better `figure` is than `reference`, both positive: above 1 is better.
    pub fn advantage(self, figure: f64, reference: f64) -> f64 {
        match self {
            Self::Maximise => figure / reference,
            Self::Minimise => reference / figure,
        }
    }

    /// The advantage; nothing where a ratio would say nothing.
    pub fn advantage_of(self, figure: f64, reference: f64) -> Option<f64> {
        (figure > 0.0 && reference > 0.0).then(|| self.advantage(figure, reference))
    }
}
