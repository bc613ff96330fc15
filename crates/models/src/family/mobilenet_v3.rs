//! `MobileNet` v3 (Howard et al. 2019, arXiv 1905.02244).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Family, Stem};
use crate::ActivationName;

/// A stage of inverted bottlenecks that are expanded to a stated width, before scaling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpandedStage {
    /// Kernel of the grouped convolution.
    pub kernel: u64,
    /// Stride of the first block.
    pub stride: u64,
    /// Channels of one group of the spatial convolutions; the network's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_size: Option<u64>,
    /// Channels of the grouped convolution.
    pub expanded: u64,
    /// Output channels.
    pub channels: u64,
    /// Blocks.
    pub repeats: u64,
    /// Whether a squeeze-excite follows the grouped convolution.
    #[serde(default)]
    pub squeeze_excite: bool,
    /// Activation; the network's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation: Option<ActivationName>,
}

/// One of its networks.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MobileNetV3Variant {
    pub(crate) stages: Vec<ExpandedStage>,
    pub(crate) hidden_channels: u64,
}

/// What its networks have in common.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MobileNetV3Family {
    #[serde(rename = "source")]
    pub(crate) _source: String,
    pub(crate) stem: Stem,
    pub(crate) channel_divisor: u64,
    /// Squeezed width over expanded width.
    pub(crate) squeeze_excite_ratio: f64,
    /// Channels of the last convolution over those that it reads.
    pub(crate) top_expand_ratio: u64,
    pub(crate) norm_epsilon: f64,
    pub(crate) proxy_epsilon: f64,
    pub(crate) variants: BTreeMap<String, MobileNetV3Variant>,
}

impl Family for MobileNetV3Family {
    const NAME: &'static str = "mobilenet_v3";
}
