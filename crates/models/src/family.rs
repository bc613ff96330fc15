//! What the networks of a family have in common: their stages, as data.

mod convnext;
mod efficientnet_v2;
mod mobilenet_v2;
mod mobilenet_v3;
mod regnet;
mod transformer;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tilesim_bundled::FAMILIES;
use tilesim_input::Known;

use crate::ModelError;
pub(crate) use convnext::ConvNextFamily;
pub(crate) use efficientnet_v2::EfficientNetV2Family;
pub use efficientnet_v2::FusedStage;
pub(crate) use mobilenet_v2::MobileNetV2Family;
pub use mobilenet_v3::ExpandedStage;
pub(crate) use mobilenet_v3::MobileNetV3Family;
pub use regnet::PlainStage;
pub(crate) use regnet::RegNetFamily;
pub(crate) use transformer::{BertFamily, EncoderVariant, VisionTransformerFamily};

/// The first convolution of a network.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stem {
    pub(crate) channels: u64,
    pub(crate) kernel: u64,
    pub(crate) stride: u64,
}

/// A window and its stride.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Window {
    pub(crate) kernel: u64,
    pub(crate) stride: u64,
}

/// A stage of inverted bottlenecks, before scaling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InvertedBottleneckStage {
    /// Kernel of the grouped convolution.
    pub kernel: u64,
    /// Stride of the first block.
    pub stride: u64,
    /// Expanded width over block input width; the network's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expand_ratio: Option<u64>,
    /// Channels of one group of the spatial convolutions; the network's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_size: Option<u64>,
    /// Output channels, before scaling by the width.
    pub channels: u64,
    /// Blocks, before scaling by the depth.
    pub repeats: u64,
}

/// A stage of depthwise separable convolutions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BasicStage {
    /// Stride of the first block.
    pub stride: u64,
    /// Channels of one group of the spatial convolutions; the network's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_size: Option<u64>,
    /// Output channels, before scaling by the width.
    pub channels: u64,
    /// Blocks.
    pub repeats: u64,
}

/// A stage of residual bottlenecks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResidualStage {
    /// Stride of the first block.
    pub stride: u64,
    /// Channels of the bottleneck of the ungrouped network, before the expansion.
    pub channels: u64,
}

/// Resolutions of a variant, in pixels.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VariantResolution {
    pub(crate) native: u64,
    /// That of the half-resolution experiments of Masters et al. 2021.
    pub(crate) half: Option<u64>,
}

/// Scaling of an `EfficientNet`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Variant {
    pub(crate) width: f64,
    pub(crate) depth: f64,
    pub(crate) resolution: VariantResolution,
}

/// A network that a family's naming scheme has, but that cannot be.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UndefinedNetwork {
    pub(crate) name: String,
    pub(crate) reason: String,
}

/// `EfficientNet` (Tan & Le 2019, arXiv 1905.11946).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EfficientNetFamily {
    #[serde(rename = "source")]
    pub(crate) _source: String,
    pub(crate) stem: Stem,
    pub(crate) stages: Vec<InvertedBottleneckStage>,
    pub(crate) top_channels: u64,
    pub(crate) channel_divisor: u64,
    pub(crate) squeeze_excite_ratio: f64,
    pub(crate) norm_epsilon: f64,
    pub(crate) proxy_epsilon: f64,
    pub(crate) variants: BTreeMap<String, Variant>,
    pub(crate) undefined: Vec<UndefinedNetwork>,
}

/// `MobileNet` v1 (Howard et al. 2017, arXiv 1704.04861).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MobileNetFamily {
    #[serde(rename = "source")]
    pub(crate) _source: String,
    pub(crate) stem: Stem,
    pub(crate) kernel: u64,
    pub(crate) stages: Vec<BasicStage>,
    pub(crate) channel_divisor: u64,
    pub(crate) norm_epsilon: f64,
    pub(crate) proxy_epsilon: f64,
}

/// `ResNet` (He et al. 2016) and `ResNeXt` (Xie et al. 2017).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResNetFamily {
    #[serde(rename = "source")]
    pub(crate) _source: String,
    pub(crate) stem: Stem,
    pub(crate) pool: Window,
    pub(crate) kernel: u64,
    pub(crate) expansion: u64,
    pub(crate) stages: Vec<ResidualStage>,
    pub(crate) norm_epsilon: f64,
    pub(crate) proxy_epsilon: f64,
    /// Blocks of each stage, by depth, of networks whose blocks are pairs of spatial convolutions.
    pub(crate) basic_depths: BTreeMap<u64, Vec<u64>>,
    /// The same of those whose blocks are bottlenecks.
    pub(crate) depths: BTreeMap<u64, Vec<u64>>,
}

/// A family whose data is bundled.
pub(crate) trait Family: DeserializeOwned {
    /// Name in the field `family`, and of the file.
    const NAME: &'static str;

    /// The family's data.
    fn load() -> Result<Self, ModelError> {
        let text = FAMILIES.text(Self::NAME).unwrap_or_default();
        Ok(tilesim_input::parse(
            text,
            &format!("families/{}.json", Self::NAME),
        )?)
    }
}

/// The variant of a name.
pub(crate) fn variant<'a, T>(variants: &'a BTreeMap<String, T>, name: &str) -> Result<&'a T, ModelError> {
    variants.get(name).ok_or_else(|| ModelError::UnknownVariant {
        variant: name.to_owned(),
        known: Known::beside(name, variants.keys()),
    })
}

impl Family for EfficientNetFamily {
    const NAME: &'static str = "efficientnet";
}

impl Family for MobileNetFamily {
    const NAME: &'static str = "mobilenet_v1";
}

impl Family for ResNetFamily {
    const NAME: &'static str = "resnet";
}
