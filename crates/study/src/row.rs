//! Rows: what became of a point.

use crate::Value;

/// What became of a point.
#[derive(Debug, Clone, PartialEq)]
pub enum Evaluation {
    /// It was simulated.
    Done {
        /// Whether it fits the machine's memory: what does not fit would not run.
        fits: bool,
        /// The study's metrics, in their order; nothing where the result lacks one.
        metrics: Vec<Option<f64>>,
    },
    /// It has no result.
    Failed {
        /// Why.
        reason: String,
    },
}

/// A point with what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The number of the point, from 0.
    pub point: u64,
    /// Values of the keys that vary.
    pub values: Vec<Value>,
    /// What became of it.
    pub evaluation: Evaluation,
}
