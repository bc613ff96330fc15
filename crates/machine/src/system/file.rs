//! System files: JSON that may extend another system.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use tilesim_terms::{Augmentation, HostIo};

use super::INTERCONNECT_KEYS;
use super::{
    BatchNormStatistics, MemoryProportion, OptimiserName, Recomputation, Schedule, TrainingPrecision,
};
use crate::{
    ElementType, Entry,
    load::{known_values, values_schema},
};

/// A network by name, with changes to its specification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkReference {
    /// Name of a bundled network, or a file.
    pub model: String,
    /// Settings of the specification, as `--set KEY=VALUE` takes them.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
}

/// How the chips train; what is absent is taken from the system that is extended.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingSection {
    /// Pipeline stages: chips of one replica; 1 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stages: Option<u32>,
    /// Replicas of the pipeline; as many as there are chips for where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u32>,
    /// First block, or layer, of every stage but the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub splits: Option<Vec<String>>,
    /// Order of micro-batches; where absent, `grouped`, and `sequential` of a chip that recomputes in segments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Images at a time; 1 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub micro_batch: Option<u64>,
    /// Micro-batches of one weight update on one replica; the fewest that the schedule allows where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gradient_accumulation: Option<u64>,
    /// Which stages, or segments of a chip, run their forward pass twice instead of keeping activations; where absent, `all_but_last`
    /// of a pipeline or segments, and `none` of a single stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recomputation: Option<Recomputation>,
    /// On one chip: names of the first block, layer or operator of every segment but the first that is recomputed at a time in the
    /// backward pass, so that only what passes between segments is kept; the chip recomputes nothing where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recomputation_segments: Option<Vec<String>>,
    /// Whether float weights and slots of the optimiser lie in streaming memory between updates; `false` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offload_optimiser_state: Option<bool>,
    /// Bits of the data and of weights, accumulated gradients and slots; `16.32` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<TrainingPrecision>,
    /// Whether partial sums are half; `true` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half_partials: Option<bool>,
    /// Share of tile memory that a convolution's temporaries may take, of all stages or of each; 0.6 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available_memory_proportion: Option<MemoryProportion>,
    /// Optimiser; `rmsprop` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimiser: Option<OptimiserName>,
    /// Neighbouring replicas over whose batches batch norms take their statistics; 1 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_norm_replicas: Option<u32>,
    /// How batch norms take them; `stable` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_norm_statistics: Option<BatchNormStatistics>,
    /// Share of the target that is spread evenly over all classes; 0.1 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_smoothing: Option<f64>,
    /// Probability that an element is dropped before the last fully connected layer; 0.2 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropout: Option<f64>,
    /// Probability that the last residual block is dropped, which rises from 0 linearly over the blocks; 0.2 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stochastic_depth: Option<f64>,
    /// Type of the images as the host sends them; `u8` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_type: Option<ElementType>,
    /// What the chip does to images before the network sees them, again where a stage recomputes: a cast, a normalisation by channel,
    /// `mixup`, `cutmix`; nothing where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub augmentation: Option<Augmentation>,
    /// When the host sends images and labels: `serial`, before each forward pass, or `overlapped` with what stages compute, to tiles
    /// that are reserved for it on every chip; `serial` where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_io: Option<HostIo>,
    /// Tiles of every chip reserved for overlapped transfers; 32 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub io_tiles: Option<u32>,
    /// Micro-batches that these hold at a time; 1 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefetch_depth: Option<u32>,
}

/// A system file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a system: an object with `name` and `description`"
)]
pub struct SystemFile {
    /// Name.
    pub name: String,
    /// What it is, in one sentence.
    pub description: String,
    /// System whose values hold where this file gives none: a bundled name, or a file beside this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<String>,
    /// Machine of which all chips are: a bundled name, or a file beside this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// Numbers of chips, links, host and streaming memory by key.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "interconnect_values"
    )]
    #[schemars(schema_with = "interconnect_values_schema")]
    pub values: BTreeMap<String, Entry>,
    /// Release of compiler and libraries with which it runs, a bundled name or a file beside this one; the newest where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software: Option<String>,
    /// The network that is trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkReference>,
    /// How the chips train.
    #[serde(default)]
    pub training: TrainingSection,
}

fn interconnect_values<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Entry>, D::Error> {
    known_values(INTERCONNECT_KEYS, deserializer)
}

fn interconnect_values_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    values_schema(INTERCONNECT_KEYS, generator)
}

impl SystemFile {
    /// What this file gives, and what `parent` gives where it gives nothing.
    pub(super) fn over(self, parent: Self) -> Self {
        let mut values = parent.values;
        values.extend(self.values);
        Self {
            name: self.name,
            description: self.description,
            extends: parent.extends,
            machine: self.machine.or(parent.machine),
            software: self.software.or(parent.software),
            values,
            network: self.network.or(parent.network),
            training: self.training.over(parent.training),
        }
    }
}

impl TrainingSection {
    fn over(self, parent: Self) -> Self {
        Self {
            stages: self.stages.or(parent.stages),
            replicas: self.replicas.or(parent.replicas),
            splits: self.splits.or(parent.splits),
            schedule: self.schedule.or(parent.schedule),
            micro_batch: self.micro_batch.or(parent.micro_batch),
            gradient_accumulation: self.gradient_accumulation.or(parent.gradient_accumulation),
            recomputation: self.recomputation.or(parent.recomputation),
            recomputation_segments: self.recomputation_segments.or(parent.recomputation_segments),
            offload_optimiser_state: self.offload_optimiser_state.or(parent.offload_optimiser_state),
            precision: self.precision.or(parent.precision),
            half_partials: self.half_partials.or(parent.half_partials),
            available_memory_proportion: self
                .available_memory_proportion
                .or(parent.available_memory_proportion),
            optimiser: self.optimiser.or(parent.optimiser),
            batch_norm_replicas: self.batch_norm_replicas.or(parent.batch_norm_replicas),
            batch_norm_statistics: self.batch_norm_statistics.or(parent.batch_norm_statistics),
            label_smoothing: self.label_smoothing.or(parent.label_smoothing),
            dropout: self.dropout.or(parent.dropout),
            stochastic_depth: self.stochastic_depth.or(parent.stochastic_depth),
            image_type: self.image_type.or(parent.image_type),
            augmentation: self.augmentation.or(parent.augmentation),
            host_io: self.host_io.or(parent.host_io),
            io_tiles: self.io_tiles.or(parent.io_tiles),
            prefetch_depth: self.prefetch_depth.or(parent.prefetch_depth),
        }
    }
}
