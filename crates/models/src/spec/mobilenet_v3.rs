//! Specification of a `MobileNet` v3.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ActivationName, NormGroupingName, NormName, default};
use crate::ExpandedStage;

/// The family's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum FamilyName {
    MobilenetV3,
}

/// A `MobileNet` v3 (Howard et al. 2019, arXiv 1905.02244).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MobileNetV3Spec {
    family: FamilyName,
    /// What the network is, in one line.
    #[serde(default)]
    pub description: String,
    /// `small` or `large`.
    pub variant: String,
    /// Multiplier of the channels.
    #[serde(default = "default::unit")]
    pub width: f64,
    /// Channels of one group of the spatial convolutions; 1 is depthwise.
    #[serde(default = "default::one")]
    pub group_size: u64,
    /// Normalisation.
    #[serde(default = "default::batch_norm")]
    pub norm: NormName,
    /// Which channels a group norm normalises together.
    #[serde(default)]
    pub norm_grouping: NormGroupingName,
    /// Activation of the convolutions of stages that state none, and of the classifier.
    #[serde(default = "default::hard_swish")]
    pub activation: ActivationName,
    /// Height and width of the images in pixels.
    #[serde(default = "default::resolution")]
    pub resolution: u64,
    /// Classes.
    #[serde(default = "default::thousand")]
    pub num_classes: u64,
    /// Stages before scaling; the variant's where absent.
    #[serde(default)]
    pub stages: Option<Vec<ExpandedStage>>,
}
