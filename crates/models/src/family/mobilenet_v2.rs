//! `MobileNet` v2 (Sandler et al. 2018, arXiv 1801.04381).

use serde::Deserialize;

use super::{Family, InvertedBottleneckStage, Stem};

/// What its networks have in common.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MobileNetV2Family {
    #[serde(rename = "source")]
    pub(crate) _source: String,
    pub(crate) stem: Stem,
    pub(crate) stages: Vec<InvertedBottleneckStage>,
    pub(crate) top_channels: u64,
    pub(crate) channel_divisor: u64,
    pub(crate) norm_epsilon: f64,
    pub(crate) proxy_epsilon: f64,
}

impl Family for MobileNetV2Family {
    const NAME: &'static str = "mobilenet_v2";
}
