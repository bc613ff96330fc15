//! Axes: what is varied, and over which values.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{StudyError, Value};

/// Most values of one axis.
const MAX_VALUES: usize = 1 << 20;
/// How far a range may miss its end, in steps: 0.1 + 0.2 is not 0.3.
const ROUNDING: f64 = 1e-9;

/// One dimension of a study: a key with its values (one of `values`, `range` and `logarithmic`), or several keys that vary together,
/// column by column (`zip`) or row by row (`keys` and `rows`).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// What is set: `model`, `machine`, `system`, `batch`, `precision`, `mode`, `available_memory_proportion`, `planning`, `host_io`,
    /// `io_tiles`, `prefetch_depth`, `batches_per_step`, `machine.KEY` for a number of the machine, `system.KEY` for one of the system,
    /// `framework.KEY` for what the framework decides, or a key of the network's specification. `label.NAME` sets nothing: it says
    /// something of a point that the simulator does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// A list of values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Value>>,
    /// Numbers at equal distances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// Numbers at equal ratios.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logarithmic: Option<LogarithmicRange>,
    /// Axes of equal length of which the first values go together, then the second ones, and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zip: Option<Vec<Axis>>,
    /// Keys of the columns of `rows`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Vec<String>>,
    /// Values of `keys`, a row for each place; `null` leaves a key unset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<Vec<Value>>>,
}

/// Numbers at equal distances, both ends included; whole where all three are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The first.
    pub from: Value,
    /// None is beyond it.
    pub to: Value,
    /// Distance; 1 where absent.
    #[serde(default = "one")]
    pub step: Value,
}

const fn one() -> Value {
    Value::Integer(1)
}

/// Numbers at equal ratios, both ends included; rounded to whole numbers where both ends are whole, equal ones once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogarithmicRange {
    /// The first, above 0.
    pub from: Value,
    /// The last, above 0.
    pub to: Value,
    /// How many.
    #[schemars(range(min = 2))]
    pub count: usize,
}

/// An axis as it is walked: at each of its places every key has a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExpandedAxis {
    pub(crate) keys: Vec<String>,
    /// For each place the values of the keys.
    pub(crate) places: Vec<Vec<Value>>,
}

impl Axis {
    /// The places of the axis; `field` is where the study states it.
    pub(crate) fn expand(&self, field: &str) -> Result<ExpandedAxis, StudyError> {
        if let Some(zipped) = &self.zip {
            return self.expand_zipped(zipped, field);
        }
        if self.keys.is_some() || self.rows.is_some() {
            return self.expand_rows(field);
        }
        let (key, values) = self.column(field)?;
        for (index, value) in values.iter().enumerate() {
            // Lists that a person writes are short, and ranges repeat nothing.
            if self.values.is_some() && values[..index].contains(value) {
                return Err(StudyError::field(
                    field,
                    format!("has the value `{value}` twice"),
                    "values that differ",
                ));
            }
        }
        Ok(ExpandedAxis {
            keys: vec![key],
            places: values.into_iter().map(|value| vec![value]).collect(),
        })
    }

    fn expand_rows(&self, field: &str) -> Result<ExpandedAxis, StudyError> {
        let alone = Self {
            keys: self.keys.clone(),
            rows: self.rows.clone(),
            ..Self::default()
        };
        let (Some(keys), Some(rows), true) = (&self.keys, &self.rows, *self == alone) else {
            return Err(StudyError::field(
                field,
                "`keys` or `rows` stands alone or with other fields",
                "both of them, and nothing else",
            ));
        };
        if keys.iter().any(String::is_empty) || rows.is_empty() || rows.len() > MAX_VALUES {
            return Err(StudyError::field(
                field,
                format!("has {} rows of {}", rows.len(), keys.join(", ")),
                format!("names of keys, and 1 to {MAX_VALUES} rows"),
            ));
        }
        if let Some(index) = rows.iter().position(|row| row.len() != keys.len()) {
            return Err(StudyError::field(
                &format!("{field}.rows[{index}]"),
                format!("has {} values", rows[index].len()),
                format!("{}, one for each key", keys.len()),
            ));
        }
        Ok(ExpandedAxis {
            keys: keys.clone(),
            places: rows.clone(),
        })
    }

    /// The key with its values, of which some may be equal.
    fn column(&self, field: &str) -> Result<(String, Vec<Value>), StudyError> {
        let Some(key) = self.key.as_deref().filter(|key| !key.is_empty()) else {
            return Err(StudyError::field(
                field,
                "has neither `key`, `keys` nor `zip`",
                "what is varied",
            ));
        };
        let expected = "one of `values`, `range` and `logarithmic`";
        let values = match (&self.values, &self.range, &self.logarithmic) {
            (Some(values), None, None) => values.clone(),
            (None, Some(range), None) => range.values(field)?,
            (None, None, Some(range)) => range.values(field)?,
            (None, None, None) => return Err(StudyError::field(field, "has no values", expected)),
            _ => return Err(StudyError::field(field, "has values in several ways", expected)),
        };
        if values.is_empty() || values.len() > MAX_VALUES {
            return Err(StudyError::field(
                field,
                format!("has {} values", values.len()),
                format!("1 to {MAX_VALUES}"),
            ));
        }
        Ok((key.to_owned(), values))
    }

    fn expand_zipped(&self, zipped: &[Self], field: &str) -> Result<ExpandedAxis, StudyError> {
        let alone = Self {
            zip: self.zip.clone(),
            ..Self::default()
        };
        if *self != alone || zipped.is_empty() {
            return Err(StudyError::field(
                field,
                "`zip` stands with other fields or is empty",
                "`zip` alone, with a list of axes",
            ));
        }
        let mut keys = Vec::new();
        let mut places: Vec<Vec<Value>> = Vec::new();
        for (index, axis) in zipped.iter().enumerate() {
            let field = format!("{field}.zip[{index}]");
            if axis.zip.is_some() {
                return Err(StudyError::field(
                    &field,
                    "is zipped itself",
                    "an axis with a key",
                ));
            }
            let (key, values) = axis.column(&field)?;
            if index == 0 {
                places = vec![Vec::new(); values.len()];
            } else if places.len() != values.len() {
                return Err(StudyError::field(
                    &field,
                    format!("has {} values", values.len()),
                    format!("{}, as many as the first", places.len()),
                ));
            }
            keys.push(key);
            for (place, value) in places.iter_mut().zip(values) {
                place.push(value);
            }
        }
        Ok(ExpandedAxis { keys, places })
    }
}

impl Range {
    fn values(&self, field: &str) -> Result<Vec<Value>, StudyError> {
        let numbers = [&self.from, &self.to, &self.step].map(Value::number);
        let [Some(from), Some(to), Some(step)] = numbers else {
            return Err(StudyError::field(
                field,
                "ranges over what is no number",
                "numbers",
            ));
        };
        let steps = (to - from) / step;
        if !steps.is_finite() || steps < 0.0 || steps >= MAX_VALUES as f64 {
            return Err(StudyError::field(
                field,
                format!("a range from {from} to {to} in steps of {step}"),
                format!("a step that leads to the end, and at most {MAX_VALUES} values"),
            ));
        }
        let whole = [&self.from, &self.to, &self.step]
            .into_iter()
            .all(|value| matches!(value, Value::Integer(_)));
        Ok((0..=(steps + ROUNDING) as usize)
            .map(|index| from + step * index as f64)
            .map(|value| number(value, whole))
            .collect())
    }
}

impl LogarithmicRange {
    fn values(&self, field: &str) -> Result<Vec<Value>, StudyError> {
        let ends = self.from.number().zip(self.to.number());
        let Some((from, to)) = ends.filter(|(from, to)| *from > 0.0 && *to > 0.0) else {
            return Err(StudyError::field(
                field,
                "has no logarithm",
                "two numbers above 0",
            ));
        };
        if !(2..=MAX_VALUES).contains(&self.count) {
            return Err(StudyError::field(
                field,
                format!("has {} values", self.count),
                format!("2 to {MAX_VALUES}"),
            ));
        }
        let whole = matches!((&self.from, &self.to), (Value::Integer(_), Value::Integer(_)));
        let last = (self.count - 1) as f64;
        let mut values: Vec<Value> = (0..self.count)
            .map(|index| from * (to / from).powf(index as f64 / last))
            .map(|value| number(value, whole))
            .collect();
        values.dedup();
        Ok(values)
    }
}

fn number(value: f64, whole: bool) -> Value {
    if whole {
        Value::Integer(value.round() as i64)
    } else {
        Value::Real(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(json: &str) -> Result<Vec<String>, String> {
        let axis: Axis = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let expanded = axis.expand("axes[0]").map_err(|error| error.to_string())?;
        let written = |place: &Vec<Value>| {
            place
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("/")
        };
        Ok(expanded.places.iter().map(written).collect())
    }

    #[test]
    fn lists_and_ranges() {
        let of = |json| expand(json).expect("an axis");
        assert_eq!(of(r#"{"key": "model", "values": ["a", "b"]}"#), ["a", "b"]);
        assert_eq!(
            of(r#"{"key": "batch", "range": {"from": 1, "to": 8, "step": 3}}"#),
            ["1", "4", "7"]
        );
        assert_eq!(
            of(r#"{"key": "batch", "range": {"from": 3, "to": 1, "step": -1}}"#),
            ["3", "2", "1"]
        );
        let tenths = of(r#"{"key": "x", "range": {"from": 0.1, "to": 0.3, "step": 0.1}}"#);
        assert_eq!(tenths.len(), 3, "{tenths:?}");
        assert_eq!(
            of(r#"{"key": "group_size", "logarithmic": {"from": 1, "to": 64, "count": 7}}"#),
            ["1", "2", "4", "8", "16", "32", "64"]
        );
    }

    #[test]
    fn zipped_axes_go_together() {
        let json =
            r#"{"zip": [{"key": "a", "values": [1, 1, 2]}, {"key": "b", "range": {"from": 4, "to": 6}}]}"#;
        assert_eq!(expand(json).expect("an axis"), ["1/4", "1/5", "2/6"]);
    }

    #[test]
    fn rows_are_places() {
        let json = r#"{"keys": ["a", "b"], "rows": [[1, "x"], [1, null]]}"#;
        assert_eq!(expand(json).expect("an axis"), ["1/x", "1/null"]);
    }

    #[test]
    fn mistakes_name_their_place() {
        for (json, expected) in [
            (r#"{"values": [1]}"#, "axes[0]"),
            (r#"{"key": "a"}"#, "has no values"),
            (r#"{"key": "a", "values": []}"#, "has 0 values"),
            (r#"{"key": "a", "values": [1, 1]}"#, "`1` twice"),
            (
                r#"{"key": "a", "values": [1], "range": {"from": 1, "to": 2}}"#,
                "several ways",
            ),
            (
                r#"{"key": "a", "range": {"from": 1, "to": 2, "step": 0}}"#,
                "steps of 0",
            ),
            (
                r#"{"key": "a", "range": {"from": 1, "to": 2, "step": -1}}"#,
                "steps of -1",
            ),
            (r#"{"key": "a", "range": {"from": "x", "to": 2}}"#, "no number"),
            (
                r#"{"key": "a", "logarithmic": {"from": 0, "to": 2, "count": 3}}"#,
                "no logarithm",
            ),
            (
                r#"{"key": "a", "logarithmic": {"from": 1, "to": 2, "count": 1}}"#,
                "has 1 values",
            ),
            (r#"{"keys": ["a"]}"#, "stands alone"),
            (r#"{"keys": ["a"], "rows": [[1]], "key": "b"}"#, "other fields"),
            (r#"{"keys": ["a", "b"], "rows": [[1, 2], [3]]}"#, "rows[1]"),
            (r#"{"keys": ["a"], "rows": []}"#, "has 0 rows"),
            (r#"{"zip": []}"#, "empty"),
            (
                r#"{"zip": [{"key": "a", "values": [1]}, {"key": "b", "values": [1, 2]}]}"#,
                "zip[1]",
            ),
            (
                r#"{"zip": [{"zip": [{"key": "a", "values": [1]}]}]}"#,
                "zipped itself",
            ),
        ] {
            let message = expand(json).expect_err(json);
            assert!(message.contains(expected), "{json}: {message}");
        }
    }
}
