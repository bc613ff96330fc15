//! How the chips of a system share the training of a network.

use serde::{Deserialize, Serialize};
use tilesim_terms::{Augmentation, HostTransfers};

use crate::ElementType;

/// Order of micro-batches in a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// All stages run backward and forward in every slot, on different micro-batches.
    Grouped,
    /// Stages alternate between forward and backward, neighbours in turn.
    Interleaved,
    /// One stage runs at a time: no pipeline.
    Sequential,
}

/// Which stages, or segments of one chip, run their forward pass a second time before their backward pass, instead of keeping
/// activations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recomputation {
    /// All, the last too.
    All,
    /// All but the last, whose backward pass follows its forward pass at once, so that its activations live no longer: what the
    /// framework of the published runs does where it recomputes (TensorFlow for the IPU, `pipeline_recomputation_stage_inserter.cc`).
    AllButLast,
    /// None.
    None,
}

/// Types of the data and of what lives from update to update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum TrainingPrecision {
    /// All half.
    #[serde(rename = "16.16")]
    Half,
    /// Half data; weights, accumulated gradients and slots of the optimiser float. Weights are cast where they are used.
    #[serde(rename = "16.32")]
    FloatMaster,
}

impl TrainingPrecision {
    /// The name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Half => "16.16",
            Self::FloatMaster => "16.32",
        }
    }

    /// Type of weights, accumulated gradients and slots.
    pub const fn master_type(self) -> ElementType {
        match self {
            Self::Half => ElementType::F16,
            Self::FloatMaster => ElementType::F32,
        }
    }
}

/// The rule by which gradients change weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OptimiserName {
    /// `RMSProp` with momentum: two slots.
    RmsProp,
    /// Gradient descent: no slot.
    Descent,
    /// Momentum: one slot.
    Momentum,
    /// Layer-wise adaptive rates: one slot.
    Lars,
}

/// Shares of tile memory for temporaries in one stage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageProportion {
    /// Of convolutions.
    pub convolution: f64,
    /// Of matrix products: fully connected layers.
    pub matmul: f64,
}

/// Shares of tile memory that a convolution's temporaries may take: one of all stages, or one for each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum MemoryProportion {
    /// The same everywhere.
    Whole(f64),
    /// By stage.
    ByStage(Vec<StageProportion>),
}

impl MemoryProportion {
    /// The shares of a stage.
    pub fn of(&self, stage: usize) -> StageProportion {
        let whole = |share| StageProportion {
            convolution: share,
            matmul: share,
        };
        match self {
            Self::Whole(share) => whole(*share),
            Self::ByStage(stages) => stages
                .get(stage)
                .copied()
                .unwrap_or_else(|| whole(DEFAULT_MEMORY_PROPORTION)),
        }
    }

    /// Every share.
    pub(super) fn shares(&self) -> Vec<f64> {
        match self {
            Self::Whole(share) => vec![*share],
            Self::ByStage(stages) => stages
                .iter()
                .flat_map(|stage| [stage.convolution, stage.matmul])
                .collect(),
        }
    }
}

/// The default of the vendor's library (PopLibs, `Convolution.hpp`).
pub(super) const DEFAULT_MEMORY_PROPORTION: f64 = 0.6;

/// How batch norms take the statistics of a batch (TensorFlow for the IPU, `use_stable_norm_statistics`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchNormStatistics {
    /// The mean first, then the variance of what is centred.
    Stable,
    /// Mean and mean square at once, and the variance from both.
    OnePass,
}

/// How the chips of a system share the training of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingSetup {
    /// Pipeline stages: chips of one replica.
    pub stages: u32,
    /// Replicas of the pipeline, each with a share of the batch.
    pub replicas: u32,
    /// Where the network is cut: names of the first block, or layer, of every stage but the first.
    pub splits: Vec<String>,
    /// Order of micro-batches.
    pub schedule: Schedule,
    /// Images at a time.
    pub micro_batch: u64,
    /// Micro-batches of one weight update on one replica.
    pub gradient_accumulation: u64,
    /// What is recomputed.
    pub recomputation: Recomputation,
    /// On one chip: names of the first block, layer or operator of every recomputed segment but the first; none where it is one.
    pub recomputation_segments: Vec<String>,
    /// Whether float weights and slots of the optimiser lie in streaming memory between updates.
    pub offload_optimiser_state: bool,
    /// Types.
    pub precision: TrainingPrecision,
    /// Whether partial sums are half.
    pub half_partials: bool,
    /// Shares of tile memory for temporaries.
    pub available_memory_proportion: MemoryProportion,
    /// Optimiser.
    pub optimiser: OptimiserName,
    /// Neighbouring replicas over whose batches batch norms take their statistics.
    pub batch_norm_replicas: u32,
    /// How batch norms take them.
    pub batch_norm_statistics: BatchNormStatistics,
    /// Share of the target that is spread evenly over all classes.
    pub label_smoothing: f64,
    /// Probability that an element is dropped before the last fully connected layer.
    pub dropout: f64,
    /// Probability that the last residual block is dropped; it rises from 0 linearly over the blocks.
    pub stochastic_depth: f64,
    /// Type of the images as the host sends them.
    pub image_type: ElementType,
    /// What the chip does to them before the network sees them.
    pub augmentation: Option<Augmentation>,
    /// When it sends them, and on which tiles of every chip; never [`HostIo::None`](tilesim_terms::HostIo::None).
    pub host: HostTransfers,
}

impl TrainingSetup {
    /// Images of one weight update.
    pub const fn global_batch(&self) -> u64 {
        self.micro_batch
            .saturating_mul(self.gradient_accumulation)
            .saturating_mul(self.replicas as u64)
    }

    /// Micro-batches of which the accumulation must be a multiple: those that a turn of the schedule runs, which are as many as it has
    /// offsets (TensorFlow for the IPU, `pipeline_visitor_utils.h`): the forward and backward stages of a grouped pipeline, half of
    /// them in an interleaved one.
    pub const fn accumulation_step(&self) -> u64 {
        match self.schedule {
            Schedule::Grouped if self.stages > 1 => 2 * self.stages as u64,
            Schedule::Interleaved => self.stages as u64,
            Schedule::Grouped | Schedule::Sequential => 1,
        }
    }

    /// The micro-batches that leave the global batch as it is, smallest first.
    pub fn admissible_micro_batches(&self) -> Vec<u64> {
        let images = self.micro_batch.saturating_mul(self.gradient_accumulation);
        let most = images / self.accumulation_step();
        (1..=most)
            .filter(|micro_batch| {
                images.is_multiple_of(*micro_batch)
                    && (images / micro_batch).is_multiple_of(self.accumulation_step())
            })
            .collect()
    }
}
