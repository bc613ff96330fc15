//! The result of simulating one weight update of a system: `tilesim schema training` publishes its schema.

mod reading;
mod summarise;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilesim_terms::{Framework, LayerKind, Phase};

use crate::{CyclesByCause, MachineSection, ModelSection, OverlapSection, Theoretical};

pub use reading::training_reading;
pub use summarise::{TrainingFacts, summarise_training};

/// Version of the training result JSON, in its field `schema`.
pub const TRAINING_SCHEMA: &str = "tilesim-training/1";

/// What one simulated weight update yields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrainingResult {
    /// Version of this format: `tilesim-training/1`.
    pub schema: String,
    /// The network.
    pub model: ModelSection,
    /// The machine of which all chips are.
    pub machine: MachineSection,
    /// The system and how it trains.
    pub system: SystemSection,
    /// What the forward pass costs in theory, for one image.
    pub theoretical: Theoretical,
    /// Time.
    pub time: TrainingTime,
    /// Memory of the fullest stage.
    pub memory: SystemMemory,
    /// Where the cycles went, as the mean over all chips; sums to `time.cycles`.
    pub cycles_by_cause: CyclesByCause,
    /// The same by phase.
    pub cycles_by_phase: CyclesByPhase,
    /// Index of the stage whose own work on a micro-batch takes longest.
    pub slowest_stage: u64,
    /// That work over the mean of all stages: 1 where the splits balance them.
    pub balance: f64,
    /// Stages, in the order of the network.
    pub stages: Vec<StageResult>,
    /// Splits that would balance the stages better, where they were searched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<SplitProposal>,
}

/// A system and how it trains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SystemSection {
    /// Name.
    pub name: String,
    /// What was changed of the named system, as `key=value`.
    #[serde(default)]
    pub overrides: Vec<String>,
    /// Chips at work: stages × replicas.
    pub chips: u64,
    /// Pipeline stages.
    pub stages: u64,
    /// Replicas of the pipeline.
    pub replicas: u64,
    /// First block, or layer, of every stage but the first.
    pub splits: Vec<String>,
    /// Order of micro-batches: `grouped`, `interleaved` or `sequential`.
    pub schedule: String,
    /// Images at a time.
    pub micro_batch: u64,
    /// Micro-batches of one weight update on one replica.
    pub gradient_accumulation: u64,
    /// Images of one weight update.
    pub global_batch: u64,
    /// Stages that recompute: `all`, `all_but_last` or `none`.
    pub recomputation: String,
    /// Bits of the data and of weights, accumulated gradients and slots: `16.16` or `16.32`.
    pub precision: String,
    /// Name of the release of compiler and libraries; empty in results of versions that knew none.
    #[serde(default)]
    pub software: String,
    /// What the framework decides; left out where that is the usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framework: Option<Framework>,
    /// What overlapped transfers with the host take of every chip; absent where each stage waits for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<OverlapSection>,
}

/// Time of one weight update.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrainingTime {
    /// Tile clock cycles.
    pub cycles: u64,
    /// Seconds.
    pub seconds: f64,
    /// Images per second of all replicas.
    pub images_per_second: f64,
    /// Floating-point operations (2 × useful multiply-accumulates, recomputed ones included) per second of all chips.
    pub flops_per_second: f64,
    /// Most cycles from one micro-batch to the next: of a slot with all stages at work, copies between chips included.
    pub full_slot_cycles: u64,
    /// Share of the time that is not filling, draining or waiting for slower stages, as the mean over stages.
    pub pipeline_efficiency: f64,
}

/// Memory of the fullest stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SystemMemory {
    /// Bytes that a tile has.
    pub tile_bytes: u64,
    /// `peak_bytes` of the fullest stage.
    pub peak_bytes: u64,
    /// That stage.
    pub fullest_stage: u64,
    /// Whether every stage fits.
    pub fits: bool,
    /// Largest micro-batch that leaves the global batch as it is and fits, where it was searched; 0 where none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest_micro_batch: Option<u64>,
}

/// Cycles by phase and cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CyclesByPhase {
    /// The network and its loss.
    pub forward: CyclesByCause,
    /// The forward pass once more.
    pub recompute: CyclesByCause,
    /// Gradients and their accumulation.
    pub backward: CyclesByCause,
    /// All-reduce and optimiser.
    pub update: CyclesByCause,
}

/// Cycles of one stage for one micro-batch (forward, recompute, backward) and for one update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseCycles {
    /// The network and its loss.
    pub forward: u64,
    /// The forward pass once more.
    pub recompute: u64,
    /// Gradients and their accumulation.
    pub backward: u64,
    /// The optimiser.
    pub update: u64,
}

/// What a stage does outside of its own program in one weight update, in cycles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StageWaits {
    /// While the pipeline fills and drains.
    pub fill_and_drain: u64,
    /// For slower stages.
    pub slower_stages: u64,
    /// Outputs and gradients between stages.
    pub link: u64,
    /// Synchronisation of all chips.
    pub sync: u64,
    /// Images and labels.
    pub host: u64,
    /// Gradients over replicas.
    pub all_reduce: u64,
    /// State of the optimiser in streaming memory.
    pub streaming: u64,
}

/// One stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageResult {
    /// First and last block.
    pub blocks: [String; 2],
    /// Its own program.
    pub cycles: PhaseCycles,
    /// Its share in one weight update outside of that.
    pub waits: StageWaits,
    /// One weight update by cause; sums to the system's cycles.
    pub cycles_by_cause: CyclesByCause,
    /// The same by phase.
    pub cycles_by_phase: CyclesByPhase,
    /// Memory.
    pub memory: StageMemory,
    /// Layers in each phase: one micro-batch and one update.
    pub layers: Vec<StageLayer>,
}

/// Memory of one stage, on its fullest tile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StageMemory {
    /// The first address behind all that the tile on which most lives ever holds, and what is kept beside it.
    pub peak_bytes: u64,
    /// Of those: what does not live at that tile's fullest step, because every variable is one stretch of addresses for as long as it
    /// lives, and other steps may reach higher.
    #[serde(default)]
    pub gap_bytes: u64,
    /// Bytes that live through the whole update: weights, accumulated gradients, slots, code.
    pub always_live_bytes: u64,
    /// Bytes kept of the micro-batches in flight, and of what waits to be passed on, in the fullest phase.
    pub kept_bytes: u64,
    /// Micro-batches of which something is kept while the stage works on another.
    pub in_flight: u64,
    /// Name of the step at the peak.
    pub peak_step: String,
    /// Whether `peak_bytes` are at most a tile's. Another tile's addresses may end higher, which is not looked at.
    pub fits: bool,
    /// Largest micro-batch that leaves the global batch as it is and fits this stage, where it was searched; 0 where none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest_micro_batch: Option<u64>,
    /// What lives on the fullest tile at the fullest step of the stage's program, and gaps, largest first; what is kept beside it is left
    /// out.
    pub residents: Vec<crate::Resident>,
}

/// One layer of a stage in one phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageLayer {
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: LayerKind,
    /// Phase: `forward`, `recompute`, `backward` or `update`.
    pub phase: Phase,
    /// Useful multiply-accumulates.
    pub macs: u64,
    /// Steps.
    pub steps: u64,
    /// Cycles.
    pub cycles: u64,
    /// The same by cause.
    pub cycles_by_cause: CyclesByCause,
}

/// Splits that were found to be better, or the same where none were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SplitProposal {
    /// First block, or layer, of every stage but the first.
    pub splits: Vec<String>,
    /// Images per second with them.
    pub images_per_second: f64,
    /// Most cycles from one micro-batch to the next.
    pub full_slot_cycles: u64,
    /// Whether every stage fits.
    pub fits: bool,
}
