//! Specification of an `EfficientNetV2`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ActivationName, NormGroupingName, NormName, default};
use crate::FusedStage;

/// The family's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum FamilyName {
    EfficientnetV2,
}

/// An `EfficientNetV2` (Tan & Le 2021, arXiv 2104.00298).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EfficientNetV2Spec {
    family: FamilyName,
    /// What the network is, in one line.
    #[serde(default)]
    pub description: String,
    /// Scaling: `s`.
    pub variant: String,
    /// Channels of one group of the spatial convolutions that are not fused; 1 is depthwise.
    #[serde(default = "default::one")]
    pub group_size: u64,
    /// Normalisation.
    #[serde(default = "default::batch_norm")]
    pub norm: NormName,
    /// Which channels a group norm normalises together.
    #[serde(default)]
    pub norm_grouping: NormGroupingName,
    /// Activation of convolutions and squeeze-excites.
    #[serde(default = "default::swish")]
    pub activation: ActivationName,
    /// Height and width of the images in pixels.
    #[serde(default = "default::resolution")]
    pub resolution: u64,
    /// Classes.
    #[serde(default = "default::thousand")]
    pub num_classes: u64,
    /// Stages; the variant's where absent.
    #[serde(default)]
    pub stages: Option<Vec<FusedStage>>,
}
