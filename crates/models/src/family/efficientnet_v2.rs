//! `EfficientNetV2` (Tan & Le 2021, arXiv 2104.00298).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Family, Stem};

/// A stage of inverted bottlenecks, some with expansion and spatial convolution in one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FusedStage {
    /// Kernel of the spatial convolution.
    pub kernel: u64,
    /// Stride of the first block.
    pub stride: u64,
    /// Expanded width over block input width.
    pub expand_ratio: u64,
    /// Channels of one group of the spatial convolutions; the network's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_size: Option<u64>,
    /// Output channels.
    pub channels: u64,
    /// Blocks.
    pub repeats: u64,
    /// Whether the expansion is the spatial convolution, dense and without squeeze-excite.
    #[serde(default)]
    pub fused: bool,
}

/// One of its networks.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EfficientNetV2Variant {
    pub(crate) stages: Vec<FusedStage>,
    pub(crate) top_channels: u64,
}

/// What its networks have in common.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EfficientNetV2Family {
    #[serde(rename = "source")]
    pub(crate) _source: String,
    pub(crate) stem: Stem,
    /// Squeezed width over block input width.
    pub(crate) squeeze_excite_ratio: f64,
    pub(crate) norm_epsilon: f64,
    pub(crate) proxy_epsilon: f64,
    pub(crate) variants: BTreeMap<String, EfficientNetV2Variant>,
}

impl Family for EfficientNetV2Family {
    const NAME: &'static str = "efficientnet_v2";
}
