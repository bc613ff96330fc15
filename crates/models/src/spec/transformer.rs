//! Specifications of transformers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ActivationName, default};

/// The family's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum VisionFamilyName {
    VisionTransformer,
}

/// A vision transformer (Dosovitskiy et al. 2021, arXiv 2010.11929): patches of an image and a class token, encoded with norms before
/// attention and perceptron; the class token is classified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VisionTransformerSpec {
    family: VisionFamilyName,
    /// What the network is, in one line.
    #[serde(default)]
    pub description: String,
    /// Sizes: `vit-b-16`, `vit-s-16`, `deit-tiny`.
    pub variant: String,
    /// Height and width of a patch in pixels; the variant's where absent.
    #[serde(default)]
    pub patch: Option<u64>,
    /// Layers of attention and perceptron; the variant's where absent.
    #[serde(default)]
    pub layers: Option<u64>,
    /// Heads of the attention; the variant's where absent.
    #[serde(default)]
    pub heads: Option<u64>,
    /// Activation of the perceptrons.
    #[serde(default = "default::gelu")]
    pub activation: ActivationName,
    /// Height and width of the images in pixels.
    #[serde(default = "default::resolution")]
    pub resolution: u64,
    /// Classes.
    #[serde(default = "default::thousand")]
    pub num_classes: u64,
}

/// The family's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum BertFamilyName {
    Bert,
}

/// A BERT (Devlin et al. 2019, arXiv 1810.04805) from its embeddings on, which are its input: encoded with norms behind attention and
/// perceptron; the first token is pooled and classified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BertSpec {
    family: BertFamilyName,
    /// What the network is, in one line.
    #[serde(default)]
    pub description: String,
    /// Sizes: `bert-base`.
    pub variant: String,
    /// Tokens of a sequence.
    #[serde(default = "sequence")]
    pub sequence: u64,
    /// Layers of attention and perceptron; the variant's where absent.
    #[serde(default)]
    pub layers: Option<u64>,
    /// Heads of the attention; the variant's where absent.
    #[serde(default)]
    pub heads: Option<u64>,
    /// Activation of the perceptrons.
    #[serde(default = "default::gelu")]
    pub activation: ActivationName,
    /// Classes.
    #[serde(default = "two")]
    pub num_classes: u64,
}

/// Tokens of the first of the two phases of its training.
const fn sequence() -> u64 {
    128
}

const fn two() -> u64 {
    2
}
