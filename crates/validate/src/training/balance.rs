//! How even the stages of pipelines are that people have balanced by hand.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilesim_report::training::TrainingResult;

/// Slowest over mean stage of some pipelines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Balance {
    /// Pipelines.
    pub configs: u64,
    /// Mean over them.
    pub mean: f64,
    /// The largest.
    pub worst: f64,
    /// The configuration that has it.
    pub worst_config: String,
}

/// Cycles of the slowest stage for one micro-batch over the mean of all; `None` of a single stage.
pub fn slowest_over_mean(result: &TrainingResult) -> Option<f64> {
    if result.stages.len() < 2 {
        return None;
    }
    let cycles = result.stages.iter().map(|stage| {
        let cycles = stage.cycles;
        cycles.forward + cycles.recompute + cycles.backward
    });
    let cycles: Vec<f64> = cycles.map(|cycles| cycles as f64).collect();
    let mean = cycles.iter().sum::<f64>() / cycles.len() as f64;
    let slowest = cycles.into_iter().fold(0.0, f64::max);
    (mean > 0.0).then(|| slowest / mean)
}

impl Balance {
    /// Of pipelines by name; `None` where there are none.
    pub fn of(pipelines: &[(String, f64)]) -> Option<Self> {
        let (worst_config, worst) = pipelines.iter().max_by(|one, other| one.1.total_cmp(&other.1))?;
        let sum: f64 = pipelines.iter().map(|(_, ratio)| ratio).sum();
        Some(Self {
            configs: pipelines.len() as u64,
            mean: sum / pipelines.len() as f64,
            worst: *worst,
            worst_config: worst_config.clone(),
        })
    }
}
