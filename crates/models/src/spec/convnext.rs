//! Specification of a `ConvNeXt`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ActivationName, NormGroupingName, NormName, default};
use crate::PlainStage;

/// The family's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum FamilyName {
    Convnext,
}

/// A `ConvNeXt` (Liu et al. 2022, arXiv 2201.03545).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConvNextSpec {
    family: FamilyName,
    /// What the network is, in one line.
    #[serde(default)]
    pub description: String,
    /// Scaling: `tiny`.
    pub variant: String,
    /// Channels of one group of the spatial convolutions; 1 is depthwise.
    #[serde(default = "default::one")]
    pub group_size: u64,
    /// Normalisation of the channels at every position, without proxies.
    #[serde(default = "default::layer_norm")]
    pub norm: NormName,
    /// Which channels a group norm normalises together.
    #[serde(default)]
    pub norm_grouping: NormGroupingName,
    /// Activation between expansion and projection.
    #[serde(default = "default::gelu")]
    pub activation: ActivationName,
    /// Height and width of the images in pixels.
    #[serde(default = "default::resolution")]
    pub resolution: u64,
    /// Classes.
    #[serde(default = "default::thousand")]
    pub num_classes: u64,
    /// Stages; the variant's where absent.
    #[serde(default)]
    pub stages: Option<Vec<PlainStage>>,
}
