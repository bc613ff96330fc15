//! Vision transformers (Dosovitskiy et al. 2021, arXiv 2010.11929) and BERT (Devlin et al. 2019, arXiv 1810.04805).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Family;

/// Sizes of an encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EncoderVariant {
    /// Attention and perceptron, one of each a layer.
    pub(crate) layers: u64,
    /// Channels of a token.
    pub(crate) width: u64,
    /// Channels between the two products of a perceptron.
    pub(crate) hidden: u64,
    pub(crate) heads: u64,
}

/// One of the vision transformers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VisionVariant {
    /// Height and width of a patch in pixels.
    pub(crate) patch: u64,
    pub(crate) layers: u64,
    pub(crate) width: u64,
    pub(crate) hidden: u64,
    pub(crate) heads: u64,
}

/// What vision transformers have in common.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VisionTransformerFamily {
    #[serde(rename = "source")]
    pub(crate) _source: String,
    pub(crate) norm_epsilon: f64,
    pub(crate) variants: BTreeMap<String, VisionVariant>,
}

impl Family for VisionTransformerFamily {
    const NAME: &'static str = "vision_transformer";
}

/// What BERTs have in common.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BertFamily {
    #[serde(rename = "source")]
    pub(crate) _source: String,
    pub(crate) norm_epsilon: f64,
    pub(crate) variants: BTreeMap<String, EncoderVariant>,
}

impl Family for BertFamily {
    const NAME: &'static str = "bert";
}
