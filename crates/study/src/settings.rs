//! Settings of points as the summary writes them.

use crate::{Figures, Row, Value};

/// Settings by key, in the order of the study.
pub type Settings = serde_json::Map<String, serde_json::Value>;

/// The chosen ones of the settings that vary, as they are at a row.
pub(crate) fn settings(figures: &Figures<'_>, row: &Row, chosen: impl Fn(&str) -> bool) -> Settings {
    figures
        .points()
        .keys()
        .iter()
        .zip(&row.values)
        .filter(|(key, value)| chosen(key) && **value != Value::Nothing)
        .map(|(key, value)| (key.clone(), json(value)))
        .collect()
}

/// A value as the summary writes it.
pub(crate) fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Nothing => serde_json::Value::Null,
        Value::Boolean(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Real(value) => (*value).into(),
        Value::Text(value) => value.as_str().into(),
    }
}

/// Settings as a key of a map.
pub(crate) fn written(settings: &Settings) -> String {
    serde_json::Value::Object(settings.clone()).to_string()
}
