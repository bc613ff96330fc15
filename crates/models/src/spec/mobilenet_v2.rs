//! Specification of a `MobileNet` v2.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ActivationName, NormGroupingName, NormName, default};
use crate::InvertedBottleneckStage;

/// The family's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum FamilyName {
    MobilenetV2,
}

/// A `MobileNet` v2 (Sandler et al. 2018, arXiv 1801.04381).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MobileNetV2Spec {
    family: FamilyName,
    /// What the network is, in one line.
    #[serde(default)]
    pub description: String,
    /// Multiplier of the channels.
    #[serde(default = "default::unit")]
    pub width: f64,
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
    /// Activation of convolutions.
    #[serde(default = "default::relu6")]
    pub activation: ActivationName,
    /// Height and width of the images in pixels.
    #[serde(default = "default::resolution")]
    pub resolution: u64,
    /// Classes.
    #[serde(default = "default::thousand")]
    pub num_classes: u64,
    /// Stages before scaling; the family's where absent.
    #[serde(default)]
    pub stages: Option<Vec<InvertedBottleneckStage>>,
}
