//! Settings: one field of a specification changed by name.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use tilesim_input::Known;

use super::{ModelSpec, stages::Staged};
use crate::ModelError;

impl ModelSpec {
    /// Changes one field. The value is JSON, or a text that need not be quoted: `set("group_size", "4")`,
    /// `set("norm", "ln+pn")`; `null` takes an optional field back. Fields of one stage go by its number, as blocks are named from 1:
    /// `set("stages.3.group_size", "8")` is that of `block3a`, `block3b` and so on.
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
            Self::VisionTransformer(spec) => set(spec, key, value),
            Self::Bert(spec) => set(spec, key, value),
            Self::NormalisedActivation(spec) => set(spec, key, value),
        }
    }

    /// The keys that can be set.
    pub fn keys(&self) -> Vec<String> {
        keys(&self.fields())
    }

    /// Every key that can be set with its value, as [`ModelSpec::set`] takes it; what is not stated is `null`.
    pub fn values(&self) -> Vec<(String, String)> {
        let fields = self.fields();
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        keys(&fields)
            .into_iter()
            .filter_map(|key| fields.get(&key).map(text).map(|value| (key, value)))
            .collect()
    }

    fn fields(&self) -> Map<String, Value> {
        match self {
            Self::EfficientNet(spec) => fields(spec),
            Self::MobileNet(spec) => fields(spec),
            Self::MobileNetV2(spec) => fields(spec),
            Self::MobileNetV3(spec) => fields(spec),
            Self::EfficientNetV2(spec) => fields(spec),
            Self::ConvNext(spec) => fields(spec),
            Self::RegNet(spec) => fields(spec),
            Self::ResNet(spec) => fields(spec),
            Self::VisionTransformer(spec) => fields(spec),
            Self::Bert(spec) => fields(spec),
            Self::NormalisedActivation(spec) => fields(spec),
        }
    }
}

/// How keys of one stage begin: `stages.3.group_size` is that of blocks `block3a`, `block3b` and so on.
const STAGES: &str = "stages";

fn set<T: Serialize + DeserializeOwned + Staged>(
    spec: &mut T,
    key: &str,
    value: &str,
) -> Result<(), ModelError> {
    let mut fields = fields(spec);
    if let Some((STAGES, of_stage)) = key.split_once('.') {
        fields.insert(STAGES.to_owned(), spec.stages()?);
        return set_stage(spec, fields, of_stage, value);
    }
    let known = keys(&fields);
    if !known.iter().any(|name| name == key) {
        return Err(unknown(key, known));
    }
    *spec = first_that_reads(key, value, |candidate| {
        fields.insert(key.to_owned(), candidate);
        fields.clone()
    })?;
    Ok(())
}

/// Changes one field of a stage, which `NUMBER.FIELD` names; `fields` state all stages.
fn set_stage<T: DeserializeOwned>(
    spec: &mut T,
    mut fields: Map<String, Value>,
    of_stage: &str,
    value: &str,
) -> Result<(), ModelError> {
    let key = format!("{STAGES}.{of_stage}");
    let count = fields.get(STAGES).and_then(Value::as_array).map_or(0, Vec::len);
    let named = of_stage.split_once('.').and_then(|(number, field)| {
        let index = number.parse::<usize>().ok()?.checked_sub(1)?;
        (index < count && !field.is_empty()).then_some((index, field))
    });
    let Some((index, field)) = named else {
        let known = (1..=count).map(|number| format!("{STAGES}.{number}.FIELD"));
        return Err(unknown(&key, known.collect()));
    };
    *spec = first_that_reads(&key, value, |candidate| {
        fields[STAGES][index][field] = candidate;
        fields.clone()
    })?;
    Ok(())
}

/// A specification whose field is a text read as JSON or, where that is none, as the text itself.
fn first_that_reads<T: DeserializeOwned>(
    key: &str,
    value: &str,
    mut changed: impl FnMut(Value) -> Map<String, Value>,
) -> Result<T, ModelError> {
    let text = Value::String(value.to_owned());
    let candidates = match serde_json::from_str(value) {
        Ok(json) => vec![json, text],
        Err(_) => vec![text],
    };
    let mut reason = String::new();
    for candidate in candidates {
        match serde_json::from_value(Value::Object(changed(candidate))) {
            Ok(spec) => return Ok(spec),
            // What is wrong with the first reading is what the user meant.
            Err(error) if reason.is_empty() => reason = tilesim_input::reason(&error),
            Err(_) => {}
        }
    }
    Err(ModelError::InvalidSetting {
        key: key.to_owned(),
        value: value.to_owned(),
        reason,
    })
}

fn unknown(key: &str, known: Vec<String>) -> ModelError {
    ModelError::UnknownSetting {
        key: key.to_owned(),
        known: Known::beside(key, known),
    }
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
