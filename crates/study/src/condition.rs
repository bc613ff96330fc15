//! Conditions: which combinations of settings are wanted.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Relation, Value};

/// Alternatives of which one holds: `group_size <= 16 or batch < 8`.
///
/// Each side of a comparison is a key of the study, a value, or a product of such.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Condition {
    text: String,
    alternatives: Vec<Comparison>,
}

#[derive(Debug, Clone, PartialEq)]
struct Comparison {
    left: Vec<String>,
    relation: Relation,
    right: Vec<String>,
}

const EXPECTED: &str =
    "KEY OPERATOR VALUE with one of <=, >=, ==, !=, < and >, such as `group_size <= 16 or batch < 8`";

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let alternatives = text
            .split(" or ")
            .map(|part| {
                let Some((left, relation, right)) = Relation::split(part) else {
                    return Err(format!("`{part}` compares nothing; expected {EXPECTED}"));
                };
                Ok(Comparison {
                    left: factors(left)?,
                    relation,
                    right: factors(right)?,
                })
            })
            .collect::<Result<_, String>>()?;
        Ok(Self {
            text: text.to_owned(),
            alternatives,
        })
    }
}

impl TryFrom<String> for Condition {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Condition> for String {
    fn from(condition: Condition) -> Self {
        condition.text
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn factors(side: &str) -> Result<Vec<String>, String> {
    let factors: Vec<String> = side.split('*').map(|factor| factor.trim().to_owned()).collect();
    if factors.iter().any(String::is_empty) {
        return Err(format!(
            "`{side}` is no side of a comparison; expected {EXPECTED}"
        ));
    }
    Ok(factors)
}

impl Condition {
    /// Whether it holds; `value_of` tells the values of the study's keys.
    pub fn holds<'a>(&self, value_of: impl Fn(&str) -> Option<&'a Value>) -> bool {
        self.alternatives.iter().any(|comparison| {
            let left = product(&comparison.left, &value_of);
            let right = product(&comparison.right, &value_of);
            comparison.relation.holds(left.compare(&right))
        })
    }

    /// How far it is from holding, as a share of its right side; 0 where it holds.
    pub(crate) fn excess<'a>(&self, value_of: impl Fn(&str) -> Option<&'a Value>) -> f64 {
        let of_comparison = |comparison: &Comparison| {
            let left = product(&comparison.left, &value_of);
            let right = product(&comparison.right, &value_of);
            if comparison.relation.holds(left.compare(&right)) {
                return 0.0;
            }
            match (left.number(), right.number()) {
                // What is as large as its bound and may not be is still too large.
                (Some(left), Some(right)) => {
                    ((left - right).abs() / right.abs().max(f64::MIN_POSITIVE)).max(1e-9)
                }
                _ => 1.0,
            }
        };
        self.alternatives
            .iter()
            .map(of_comparison)
            .fold(f64::INFINITY, f64::min)
    }

    /// A comparison that no key takes part in, or the product of what is no number: such a condition says nothing.
    pub(crate) fn mistake<'a>(&self, value_of: impl Fn(&str) -> Option<&'a Value>) -> Option<String> {
        for Comparison { left, right, .. } in &self.alternatives {
            if !left.iter().chain(right).any(|factor| value_of(factor).is_some()) {
                return Some(format!("`{}` is no key of the study", left.join(" * ")));
            }
            let not_a_number = |side: &[String]| {
                side.iter()
                    .filter(|_| side.len() > 1)
                    .find(|factor| operand(factor, &value_of).number().is_none())
                    .cloned()
            };
            if let Some(factor) = not_a_number(left).or_else(|| not_a_number(right)) {
                return Some(format!("`{factor}` is no number"));
            }
        }
        None
    }
}

fn operand<'a>(factor: &str, value_of: &impl Fn(&str) -> Option<&'a Value>) -> Value {
    value_of(factor)
        .cloned()
        .unwrap_or_else(|| Value::Text(factor.to_owned()))
}

fn product<'a>(factors: &[String], value_of: &impl Fn(&str) -> Option<&'a Value>) -> Value {
    match factors {
        [factor] => operand(factor, value_of),
        _ => Value::Real(
            factors
                .iter()
                .map(|factor| operand(factor, value_of).number().unwrap_or(f64::NAN))
                .product(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> bool {
        let (group, batch, machine) = (Value::Integer(16), Value::Integer(4), Value::Text("mk2".into()));
        let condition: Condition = text.parse().expect(text);
        condition.holds(|key| match key {
            "group_size" => Some(&group),
            "batch" => Some(&batch),
            "machine" => Some(&machine),
            _ => None,
        })
    }

    #[test]
    fn comparisons() {
        assert!(holds("group_size <= 16"));
        assert!(!holds("group_size<16"));
        assert!(holds("group_size > batch"));
        assert!(holds("machine == mk2"));
        assert!(holds("machine != bow"));
        assert!(holds("group_size * batch == 64"));
        assert!(holds("group_size < 4 or batch >= 4"));
        assert!(!holds("group_size < 4 or batch > 4"));
    }

    #[test]
    fn mistakes() {
        for text in ["", "batch", "batch <= ", "<= 4", "a * <= 4"] {
            assert!(text.parse::<Condition>().is_err(), "{text}");
        }
    }
}
