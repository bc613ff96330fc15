//! Specifications of networks.

mod efficientnet;
mod load;
mod mobilenet;
mod normalised_activation;
mod resnet;
mod set;
mod value;

use schemars::JsonSchema;
use serde::Serialize;

pub use efficientnet::EfficientNetSpec;
pub use mobilenet::MobileNetSpec;
pub use normalised_activation::NormalisedActivationSpec;
pub use resnet::ResNetSpec;
pub use value::{ActivationName, NormName, Resolution};

/// Specification of a network: its family, and what tells it from the others of the family.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ModelSpec {
    /// `EfficientNet`.
    EfficientNet(EfficientNetSpec),
    /// `MobileNet` v1.
    MobileNet(MobileNetSpec),
    /// `ResNet` and `ResNeXt`.
    ResNet(ResNetSpec),
    /// A norm and an activation alone.
    NormalisedActivation(NormalisedActivationSpec),
}

impl ModelSpec {
    /// Name of the family.
    pub const fn family(&self) -> &'static str {
        match self {
            Self::EfficientNet(_) => "efficientnet",
            Self::MobileNet(_) => "mobilenet_v1",
            Self::ResNet(_) => "resnet",
            Self::NormalisedActivation(_) => NormalisedActivationSpec::FAMILY,
        }
    }

    /// Name of the network, as of the bundled ones: `efficientnet-b0-g16`.
    pub fn name(&self) -> String {
        match self {
            Self::EfficientNet(spec) => format!("efficientnet-{}-g{}", spec.variant, spec.group_size),
            Self::MobileNet(spec) if spec.group_size == 1 => "mobilenet-v1".to_owned(),
            Self::MobileNet(spec) => format!("mobilenet-v1-g{}", spec.group_size),
            Self::ResNet(spec) if spec.cardinality == 1 && spec.group_width == 64 => {
                format!("resnet{}", spec.depth)
            }
            Self::ResNet(spec) => {
                format!("resnext{}-{}x{}d", spec.depth, spec.cardinality, spec.group_width)
            }
            Self::NormalisedActivation(_) => "normalised-activation".to_owned(),
        }
    }

    /// What the network is, in one line; empty where the specification does not say.
    pub fn description(&self) -> &str {
        match self {
            Self::EfficientNet(spec) => &spec.description,
            Self::MobileNet(spec) => &spec.description,
            Self::ResNet(spec) => &spec.description,
            Self::NormalisedActivation(spec) => &spec.description,
        }
    }
}

/// JSON schema of specifications.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(ModelSpec)
}
