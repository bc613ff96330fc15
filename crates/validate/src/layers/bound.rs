//! What is asked of a table of layers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is asked of every kind of layer: relative errors, and the share of rows that must not exceed them; in percent.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct LayersBound {
    /// Bound of cycles.
    pub within_percent: Option<f64>,
    /// Bound of memory.
    pub memory_within_percent: Option<f64>,
    /// Share of rows.
    pub share_percent: Option<f64>,
}
