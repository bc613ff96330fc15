//! `ConvNeXt` (Liu et al. 2022, arXiv 2201.03545).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Family, PlainStage};

/// One of its networks.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConvNextVariant {
    pub(crate) stages: Vec<PlainStage>,
}

/// What its networks have in common.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConvNextFamily {
    #[serde(rename = "source")]
    pub(crate) _source: String,
    /// Kernel of the spatial convolutions.
    pub(crate) kernel: u64,
    /// Kernel and stride of the first convolution.
    pub(crate) stem_stride: u64,
    /// Kernel and stride of the convolutions between stages.
    pub(crate) stride: u64,
    /// Expanded width over block width.
    pub(crate) expand_ratio: u64,
    pub(crate) norm_epsilon: f64,
    pub(crate) variants: BTreeMap<String, ConvNextVariant>,
}

impl Family for ConvNextFamily {
    const NAME: &'static str = "convnext";
}
