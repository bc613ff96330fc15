//! Specifications of networks.

mod convnext;
mod default;
mod efficientnet;
mod efficientnet_v2;
mod load;
mod mobilenet;
mod mobilenet_v2;
mod mobilenet_v3;
mod normalised_activation;
mod regnet;
mod resnet;
mod set;
mod stages;
mod transformer;
mod value;

use schemars::JsonSchema;
use serde::Serialize;

pub use convnext::ConvNextSpec;
pub use efficientnet::EfficientNetSpec;
pub use efficientnet_v2::EfficientNetV2Spec;
pub use mobilenet::MobileNetSpec;
pub use mobilenet_v2::MobileNetV2Spec;
pub use mobilenet_v3::MobileNetV3Spec;
pub use normalised_activation::NormalisedActivationSpec;
pub use regnet::RegNetSpec;
pub use resnet::ResNetSpec;
pub use transformer::{BertSpec, VisionTransformerSpec};
pub use value::{ActivationName, NormGroupingName, NormName, Resolution};

/// Specification of a network: its family, and what tells it from the others of the family.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ModelSpec {
    /// `EfficientNet`.
    EfficientNet(EfficientNetSpec),
    /// `MobileNet` v1.
    MobileNet(MobileNetSpec),
    /// `MobileNet` v2.
    MobileNetV2(MobileNetV2Spec),
    /// `MobileNet` v3.
    MobileNetV3(MobileNetV3Spec),
    /// `EfficientNetV2`.
    EfficientNetV2(EfficientNetV2Spec),
    /// `ConvNeXt`.
    ConvNext(ConvNextSpec),
    /// `RegNet`.
    RegNet(RegNetSpec),
    /// `ResNet` and `ResNeXt`.
    ResNet(ResNetSpec),
    /// Vision transformer.
    VisionTransformer(VisionTransformerSpec),
    /// BERT.
    Bert(BertSpec),
    /// A norm and an activation alone.
    NormalisedActivation(NormalisedActivationSpec),
}

impl ModelSpec {
    /// Name of the family.
    pub const fn family(&self) -> &'static str {
        match self {
            Self::EfficientNet(_) => "efficientnet",
            Self::MobileNet(_) => "mobilenet_v1",
            Self::MobileNetV2(_) => "mobilenet_v2",
            Self::MobileNetV3(_) => "mobilenet_v3",
            Self::EfficientNetV2(_) => "efficientnet_v2",
            Self::ConvNext(_) => "convnext",
            Self::RegNet(_) => "regnet",
            Self::ResNet(_) => "resnet",
            Self::VisionTransformer(_) => "vision_transformer",
            Self::Bert(_) => "bert",
            Self::NormalisedActivation(_) => NormalisedActivationSpec::FAMILY,
        }
    }

    /// Name of the network, as of the bundled ones: `efficientnet-b0-g16`.
    pub fn name(&self) -> String {
        match self {
            Self::EfficientNet(spec) => format!("efficientnet-{}-g{}", spec.variant, spec.group_size),
            Self::MobileNet(spec) => grouped("mobilenet-v1".to_owned(), spec.group_size),
            Self::MobileNetV2(spec) => grouped("mobilenet-v2".to_owned(), spec.group_size),
            Self::MobileNetV3(spec) => grouped(format!("mobilenet-v3-{}", spec.variant), spec.group_size),
            Self::EfficientNetV2(spec) => {
                grouped(format!("efficientnetv2-{}", spec.variant), spec.group_size)
            }
            Self::ConvNext(spec) => grouped(format!("convnext-{}", spec.variant), spec.group_size),
            Self::RegNet(spec) => match spec.group_size {
                Some(group_size) => format!("regnet-{}-g{group_size}", spec.variant),
                None => format!("regnet-{}", spec.variant),
            },
            Self::ResNet(spec) if spec.cardinality == 1 && spec.group_width == 64 => {
                format!("resnet{}", spec.depth)
            }
            Self::ResNet(spec) => {
                format!("resnext{}-{}x{}d", spec.depth, spec.cardinality, spec.group_width)
            }
            Self::VisionTransformer(spec) => spec.variant.clone(),
            Self::Bert(spec) => spec.variant.clone(),
            Self::NormalisedActivation(_) => "normalised-activation".to_owned(),
        }
    }

    /// What the network is, in one line; empty where the specification does not say.
    pub fn description(&self) -> &str {
        match self {
            Self::EfficientNet(spec) => &spec.description,
            Self::MobileNet(spec) => &spec.description,
            Self::MobileNetV2(spec) => &spec.description,
            Self::MobileNetV3(spec) => &spec.description,
            Self::EfficientNetV2(spec) => &spec.description,
            Self::ConvNext(spec) => &spec.description,
            Self::RegNet(spec) => &spec.description,
            Self::ResNet(spec) => &spec.description,
            Self::VisionTransformer(spec) => &spec.description,
            Self::Bert(spec) => &spec.description,
            Self::NormalisedActivation(spec) => &spec.description,
        }
    }
}

/// The name of a network whose spatial convolutions are depthwise unless it says otherwise.
fn grouped(name: String, group_size: u64) -> String {
    if group_size == 1 {
        name
    } else {
        format!("{name}-g{group_size}")
    }
}

/// JSON schema of specifications.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(ModelSpec)
}
