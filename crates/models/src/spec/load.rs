//! Reading of specifications.

use serde::{Deserialize, de::DeserializeOwned};

use super::{ModelSpec, NormalisedActivationSpec};
use crate::{
    ModelError, bundled,
    error::nearest,
    family::{EfficientNetFamily, Family, MobileNetFamily, ResNetFamily},
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
        let Claim { family } = parse_json(text, origin)?;
        match family.as_str() {
            EfficientNetFamily::NAME => parse_json(text, origin).map(Self::EfficientNet),
            MobileNetFamily::NAME => parse_json(text, origin).map(Self::MobileNet),
            ResNetFamily::NAME => parse_json(text, origin).map(Self::ResNet),
            NormalisedActivationSpec::FAMILY => parse_json(text, origin).map(Self::NormalisedActivation),
            _ => {
                let known = [
                    EfficientNetFamily::NAME,
                    MobileNetFamily::NAME,
                    ResNetFamily::NAME,
                    NormalisedActivationSpec::FAMILY,
                ];
                Err(ModelError::UnknownFamily {
                    origin: origin.to_owned(),
                    nearest: nearest(&family, known),
                    family,
                    known: known.map(str::to_owned).to_vec(),
                })
            }
        }
    }
}

/// Reads a value from JSON, with the place of what is wrong.
pub(crate) fn parse_json<T: DeserializeOwned>(text: &str, origin: &str) -> Result<T, ModelError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        // A text that ends too soon has no path, which reads `?`.
        let path = error.path().to_string();
        let field = if path == "?" { ".".to_owned() } else { path };
        json_error(origin, field, error.inner())
    })?;
    deserializer
        .end()
        .map_err(|error| json_error(origin, ".".to_owned(), &error))?;
    Ok(value)
}

fn json_error(origin: &str, field: String, error: &serde_json::Error) -> ModelError {
    ModelError::Json {
        origin: origin.to_owned(),
        line: error.line(),
        column: error.column(),
        field,
        reason: without_place(error),
    }
}

/// The message without the place, which the error states already.
pub(super) fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rfind(" at line ") {
        Some(end) => message[..end].to_owned(),
        None => message,
    }
}
