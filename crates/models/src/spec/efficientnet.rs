//! Specification of an `EfficientNet`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ActivationName, NormGroupingName, NormName, Resolution, default};
use crate::InvertedBottleneckStage;

/// The family's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum FamilyName {
    Efficientnet,
}

/// An `EfficientNet` (Tan & Le 2019, arXiv 1905.11946) with grouped convolutions (Masters et al. 2021, arXiv 2106.03640).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EfficientNetSpec {
    family: FamilyName,
    /// What the network is, in one line.
    #[serde(default)]
    pub description: String,
    /// Scaling: `b0` to `b7`.
    pub variant: String,
    /// Channels of one group of the spatial convolutions; 1 is depthwise.
    #[serde(default = "default::one")]
    pub group_size: u64,
    /// Expanded width over block input width.
    #[serde(default = "default::six")]
    pub expand_ratio: u64,
    /// Normalisation.
    #[serde(default = "default::batch_norm")]
    pub norm: NormName,
    /// Which channels a group norm normalises together.
    #[serde(default)]
    pub norm_grouping: NormGroupingName,
    /// Activation of convolutions and squeeze-excites.
    #[serde(default = "default::swish")]
    pub activation: ActivationName,
    /// Height and width of the images.
    #[serde(default)]
    pub resolution: Resolution,
    /// Classes.
    #[serde(default = "default::thousand")]
    pub num_classes: u64,
    /// Multiplier of the channels; the variant's where absent.
    #[serde(default)]
    pub width: Option<f64>,
    /// Multiplier of the blocks of each stage; the variant's where absent.
    #[serde(default)]
    pub depth: Option<f64>,
    /// Squeezed width over block input width; 0 leaves squeeze-excites out; the family's where absent.
    #[serde(default)]
    pub squeeze_excite_ratio: Option<f64>,
    /// Channels of the first convolution before scaling; the family's where absent.
    #[serde(default)]
    pub stem_channels: Option<u64>,
    /// Channels of the last convolution before scaling; the family's where absent.
    #[serde(default)]
    pub top_channels: Option<u64>,
    /// Stages before scaling; the family's where absent.
    #[serde(default)]
    pub stages: Option<Vec<InvertedBottleneckStage>>,
}
