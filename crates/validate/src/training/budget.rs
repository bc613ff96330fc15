//! The error budget: where the cycles of a slot are, beside what was measured.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilesim_report::training::{CyclesByPhase, TrainingResult};
use tilesim_terms::Phase;

/// Cycles of one slot of the pipeline as the mean over all chips and slots: the time of one weight update over its slots, update,
/// filling and draining included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SlotBudget {
    /// Slots of one weight update: micro-batches, and in a pipeline one for every forward and backward stage but the first.
    pub slots: u64,
    /// Cycles that were measured.
    pub measured: f64,
    /// Cycles that are predicted.
    pub predicted: f64,
}

/// A slot of one configuration by phase and cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Budget {
    /// The slot.
    pub slot: SlotBudget,
    /// Cycles of one weight update by phase and cause, over all slots.
    pub cycles: CyclesByPhase,
    /// Steps that each stage runs for one micro-batch.
    pub steps: Vec<u64>,
}

impl Budget {
    /// The budget of a result beside measured images per second.
    pub fn new(result: &TrainingResult, images_per_second: f64) -> Self {
        let stages = result.system.stages;
        let ramps = if stages > 1 { 2 * stages - 1 } else { 0 };
        let slots = (result.system.gradient_accumulation + ramps).max(1);
        let images = result.system.global_batch as f64;
        let measured = images / images_per_second * result.machine.clock_hz as f64;
        Self {
            slot: SlotBudget {
                slots,
                measured: measured / slots as f64,
                predicted: result.time.cycles as f64 / slots as f64,
            },
            cycles: result.cycles_by_phase,
            steps: result
                .stages
                .iter()
                .map(|stage| {
                    let of_micro_batch = stage.layers.iter().filter(|layer| layer.phase != Phase::Update);
                    of_micro_batch.map(|layer| layer.steps).sum()
                })
                .collect(),
        }
    }
}
