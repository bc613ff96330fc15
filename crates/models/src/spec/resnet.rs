//! Specification of a `ResNet` or `ResNeXt`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ActivationName, NormGroupingName, NormName, default};
use crate::ResidualStage;

/// The family's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum FamilyName {
    Resnet,
}

/// A `ResNet` (He et al. 2016, arXiv 1512.03385) or `ResNeXt` (Xie et al. 2017, arXiv 1611.05431), with
/// the stride in the spatial convolution (v1.5).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResNetSpec {
    family: FamilyName,
    /// What the network is, in one line.
    #[serde(default)]
    pub description: String,
    /// Layers: 18 or 34 in pairs of spatial convolutions; 50, 101 or 152 in bottlenecks.
    pub depth: u64,
    /// Groups of the spatial convolutions.
    #[serde(default = "default::one")]
    pub cardinality: u64,
    /// Channels of one group of the first stage's spatial convolutions: 64 in 1 group is `ResNet`, 4 in 32 groups `ResNeXt`.
    #[serde(default = "sixty_four")]
    pub group_width: u64,
    /// Normalisation.
    #[serde(default = "default::batch_norm")]
    pub norm: NormName,
    /// Which channels a group norm normalises together.
    #[serde(default)]
    pub norm_grouping: NormGroupingName,
    /// Activation of convolutions and additions.
    #[serde(default = "default::relu")]
    pub activation: ActivationName,
    /// Height and width of the images in pixels.
    #[serde(default = "default::resolution")]
    pub resolution: u64,
    /// Classes.
    #[serde(default = "default::thousand")]
    pub num_classes: u64,
    /// Stages; the family's where absent.
    #[serde(default)]
    pub stages: Option<Vec<ResidualStage>>,
    /// Blocks of each stage; those of the depth where absent.
    #[serde(default)]
    pub repeats: Option<Vec<u64>>,
}

const fn sixty_four() -> u64 {
    64
}
