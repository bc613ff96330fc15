//! Settings: one field of a specification changed by name.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::ModelSpec;
use crate::json::without_place;
use crate::{ModelError, error::nearest};

impl ModelSpec {
    /// Changes one field. The value is JSON, or a text that need not be quoted: `set("group_size", "4")`,
    /// `set("norm", "ln+pn")`; `null` takes an optional field back.
    ///
    /// # Errors
    ///
    /// Where the family has no such field, or the field cannot have the value.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), ModelError> {
        match self {
            Self::EfficientNet(spec) => set(spec, key, value),
            Self::MobileNet(spec) => set(spec, key, value),
            Self::MobileNetV2(spec) => set(spec, key, value),
            Self::MobileNetV3(spec) => set(spec, key, value),
            Self::EfficientNetV2(spec) => set(spec, key, value),
            Self::ConvNext(spec) => set(spec, key, value),
            Self::RegNet(spec) => set(spec, key, value),
            Self::ResNet(spec) => set(spec, key, value),
            Self::NormalisedActivation(spec) => set(spec, key, value),
        }
    }

    /// The keys that can be set.
    pub fn keys(&self) -> Vec<String> {
        match self {
            Self::EfficientNet(spec) => keys(&fields(spec)),
            Self::MobileNet(spec) => keys(&fields(spec)),
            Self::MobileNetV2(spec) => keys(&fields(spec)),
            Self::MobileNetV3(spec) => keys(&fields(spec)),
            Self::EfficientNetV2(spec) => keys(&fields(spec)),
            Self::ConvNext(spec) => keys(&fields(spec)),
            Self::RegNet(spec) => keys(&fields(spec)),
            Self::ResNet(spec) => keys(&fields(spec)),
            Self::NormalisedActivation(spec) => keys(&fields(spec)),
        }
    }
}

fn set<T: Serialize + DeserializeOwned>(spec: &mut T, key: &str, value: &str) -> Result<(), ModelError> {
    let mut fields = fields(spec);
    let known = keys(&fields);
    if !known.iter().any(|name| name == key) {
        return Err(ModelError::UnknownSetting {
            key: key.to_owned(),
            nearest: nearest(key, known.iter().map(String::as_str)),
            known,
        });
    }
    let text = Value::String(value.to_owned());
    let candidates = match serde_json::from_str(value) {
        Ok(json) => vec![json, text],
        Err(_) => vec![text],
    };
    let mut reason = String::new();
    for candidate in candidates {
        fields.insert(key.to_owned(), candidate);
        match serde_json::from_value(Value::Object(fields.clone())) {
            Ok(changed) => {
                *spec = changed;
                return Ok(());
            }
            // What is wrong with the first reading is what the user meant.
            Err(error) if reason.is_empty() => reason = without_place(&error),
            Err(_) => {}
        }
    }
    Err(ModelError::InvalidSetting {
        key: key.to_owned(),
        value: value.to_owned(),
        reason,
    })
}

/// The fields of a specification, absent ones as null.
fn fields<T: Serialize>(spec: &T) -> Map<String, Value> {
    match serde_json::to_value(spec) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// The family says which fields there are, so it is not one that can be set.
fn keys(fields: &Map<String, Value>) -> Vec<String> {
    fields.keys().filter(|key| *key != "family").cloned().collect()
}
