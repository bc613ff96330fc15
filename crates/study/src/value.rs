//! Values of settings.

use std::{cmp::Ordering, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Value {
    /// `null`: the key is not set.
    Nothing,
    /// Yes or no.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Text, such as the name of a network.
    Text(String),
}

impl Value {
    /// The number that it is, also where it is written as text.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(*value as f64),
            Self::Real(value) => Some(*value),
            Self::Text(text) => text.parse().ok().filter(|value: &f64| value.is_finite()),
            Self::Nothing | Self::Boolean(_) => None,
        }
    }

    /// Order of two values: of two numbers by size, of others by how they are written.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            // Exact where both are whole.
            (Self::Integer(left), Self::Integer(right)) => left.cmp(right),
            _ => match (self.number(), other.number()) {
                (Some(left), Some(right)) => left.total_cmp(&right),
                _ => self.to_string().cmp(&other.to_string()),
            },
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => formatter.write_str("null"),
            Self::Boolean(value) => value.fmt(formatter),
            Self::Integer(value) => value.fmt(formatter),
            Self::Real(value) => value.fmt(formatter),
            Self::Text(value) => formatter.write_str(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_the_type() {
        let values: Vec<Value> = serde_json::from_str(r#"[true, 3, 0.5, "mk2", null]"#).expect("values");
        assert_eq!(
            values,
            [
                Value::Boolean(true),
                Value::Integer(3),
                Value::Real(0.5),
                Value::Text("mk2".to_owned()),
                Value::Nothing,
            ]
        );
        let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["true", "3", "0.5", "mk2", "null"]);
    }

    #[test]
    fn numbers_order_by_size_and_names_by_letters() {
        assert_eq!(Value::Integer(9).compare(&Value::Real(10.0)), Ordering::Less);
        assert_eq!(
            Value::Text("9".into()).compare(&Value::Integer(10)),
            Ordering::Less
        );
        assert_eq!(
            Value::Text("bow".into()).compare(&Value::Text("mk2".into())),
            Ordering::Less
        );
    }
}
