//! Reading of specifications.

use serde::{Deserialize, de::DeserializeOwned};
use tilesim_input::{Known, Mistakes};

use super::{ModelSpec, NormalisedActivationSpec};
use crate::{
    ModelError, bundled,
    family::{
        BertFamily, ConvNextFamily, EfficientNetFamily, EfficientNetV2Family, Family, MobileNetFamily,
        MobileNetV2Family, MobileNetV3Family, RegNetFamily, ResNetFamily, VisionTransformerFamily,
    },
};

impl ModelSpec {
    /// The specification of a bundled network, by its name, or that which a JSON text holds.
    ///
    /// # Errors
    ///
    /// Where no bundled network has the name, or the text is no specification.
    pub fn load(name_or_json: &str) -> Result<Self, ModelError> {
        if name_or_json.trim_start().starts_with('{') {
            Self::from_json(name_or_json, "specification")
        } else {
            bundled::load(name_or_json)
        }
    }

    /// The specification that a JSON text holds. `origin` names the text in errors: its file.
    ///
    /// # Errors
    ///
    /// Where the text is no specification: the place, the field and what was expected.
    pub fn from_json(text: &str, origin: &str) -> Result<Self, ModelError> {
        /// What tells which specification the text holds.
        #[derive(Deserialize)]
        #[serde(expecting = "an object with a `family`")]
        struct Claim {
            family: String,
        }
        let Claim { family } = parse(text, origin)?;
        match family.as_str() {
            EfficientNetFamily::NAME => parse(text, origin).map(Self::EfficientNet),
            MobileNetFamily::NAME => parse(text, origin).map(Self::MobileNet),
            MobileNetV2Family::NAME => parse(text, origin).map(Self::MobileNetV2),
            MobileNetV3Family::NAME => parse(text, origin).map(Self::MobileNetV3),
            EfficientNetV2Family::NAME => parse(text, origin).map(Self::EfficientNetV2),
            ConvNextFamily::NAME => parse(text, origin).map(Self::ConvNext),
            RegNetFamily::NAME => parse(text, origin).map(Self::RegNet),
            ResNetFamily::NAME => parse(text, origin).map(Self::ResNet),
            VisionTransformerFamily::NAME => parse(text, origin).map(Self::VisionTransformer),
            BertFamily::NAME => parse(text, origin).map(Self::Bert),
            NormalisedActivationSpec::FAMILY => parse(text, origin).map(Self::NormalisedActivation),
            _ => {
                let known = [
                    BertFamily::NAME,
                    ConvNextFamily::NAME,
                    EfficientNetFamily::NAME,
                    EfficientNetV2Family::NAME,
                    MobileNetFamily::NAME,
                    MobileNetV2Family::NAME,
                    MobileNetV3Family::NAME,
                    RegNetFamily::NAME,
                    ResNetFamily::NAME,
                    VisionTransformerFamily::NAME,
                    NormalisedActivationSpec::FAMILY,
                ];
                let reason = format!("unknown family `{family}`{}", Known::beside(&family, known));
                Err(Mistakes::at(origin, text, "family", reason).into())
            }
        }
    }
}

fn parse<T: DeserializeOwned>(text: &str, origin: &str) -> Result<T, ModelError> {
    Ok(tilesim_input::parse(text, origin)?)
}
