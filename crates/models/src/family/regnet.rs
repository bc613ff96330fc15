//! `RegNet` (Radosavovic et al. 2020, arXiv 2003.13678).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Family, Stem};

/// A stage of blocks that are alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlainStage {
    /// Channels of one group of the spatial convolutions; the network's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_size: Option<u64>,
    /// Channels.
    pub channels: u64,
    /// Blocks.
    pub repeats: u64,
}

/// One of its networks.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegNetVariant {
    pub(crate) group_size: u64,
    pub(crate) stages: Vec<PlainStage>,
}

/// What its networks have in common.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegNetFamily {
    #[serde(rename = "source")]
    pub(crate) _source: String,
    pub(crate) stem: Stem,
    pub(crate) kernel: u64,
    /// Stride of the first block of every stage.
    pub(crate) stride: u64,
    pub(crate) norm_epsilon: f64,
    pub(crate) proxy_epsilon: f64,
    pub(crate) variants: BTreeMap<String, RegNetVariant>,
}

impl Family for RegNetFamily {
    const NAME: &'static str = "regnet";
}
