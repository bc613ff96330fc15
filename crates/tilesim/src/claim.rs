//! Claims about a result, such as `cycles<=1000000` or `fits`.

use std::{fmt, str::FromStr};

use serde_json::Value;
use tilesim_input::Known;
use tilesim_study::Relation;

/// Sections in which a name without a path is looked up, in this order.
const SECTIONS: [&str; 8] = [
    "time",
    "memory",
    "utilisation",
    "traffic",
    "bounds",
    "energy",
    "theoretical",
    "cycles_by_cause",
];

/// A claim about one figure or truth value of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    text: String,
    path: String,
    content: Content,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Content {
    /// A figure relates to a bound.
    Figure(Relation, f64),
    /// A truth value is true.
    Holds,
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It does not; the figure as it is.
    Fails(String),
}

impl FromStr for Claim {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected PATH OPERATOR NUMBER, such as 'cycles<=1000000' or 'time.images_per_second>=2000', or 'fits'";
        let (path, content) = match Relation::split(text) {
            None => (text.trim(), Content::Holds),
            Some((path, relation, bound)) => {
                let bound = bound.trim().replace('_', "");
                let bound = bound
                    .parse::<f64>()
                    .ok()
                    .filter(|bound| bound.is_finite())
                    .ok_or_else(|| format!("`{bound}` is no number; {expected}"))?;
                (path.trim(), Content::Figure(relation, bound))
            }
        };
        if path.is_empty() {
            return Err(format!("nothing is claimed; {expected}"));
        }
        Ok(Self {
            text: text.to_owned(),
            path: path.to_owned(),
            content,
        })
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Claim {
    /// The path of the figure.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// How the figure is to relate to which bound; nothing where it is a truth value.
    pub(crate) const fn relation(&self) -> Option<(Relation, f64)> {
        match self.content {
            Content::Figure(relation, bound) => Some((relation, bound)),
            Content::Holds => None,
        }
    }

    /// Whether the claim holds for `result`, which is one as JSON.
    ///
    /// # Errors
    /// Where the result has no such figure.
    pub fn verdict(&self, result: &Value) -> Result<Verdict, String> {
        let value = look_up(result, &self.path).ok_or_else(|| {
            let known = Known::beside(&self.path, fields(result));
            format!("a result has no `{}`{known}", self.path)
        })?;
        let holds = match (self.content, value) {
            (Content::Holds, Value::Bool(truth)) => *truth,
            (Content::Figure(relation, bound), Value::Number(number)) => number
                .as_f64()
                .and_then(|figure| figure.partial_cmp(&bound))
                .is_some_and(|order| relation.holds(order)),
            (Content::Holds, _) => {
                return Err(format!(
                    "`{}` is not a truth value; expected an operator and a number",
                    self.path
                ));
            }
            (Content::Figure(..), _) => return Err(format!("`{}` is not a number: {value}", self.path)),
        };
        Ok(if holds {
            Verdict::Holds
        } else {
            Verdict::Fails(value.to_string())
        })
    }
}

/// The figure, text or truth value of a result at a path; a name alone is looked up in the sections.
pub(crate) fn look_up<'a>(result: &'a Value, path: &str) -> Option<&'a Value> {
    let direct = path.split('.').try_fold(result, |value, key| match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => value.get(key),
    });
    let is_leaf = |value: &&Value| !value.is_object() && !value.is_array();
    direct.filter(is_leaf).or_else(|| {
        SECTIONS
            .iter()
            .find_map(|section| result.get(section)?.get(path))
            .filter(is_leaf)
    })
}

/// The figures and truth values of the sections.
pub(crate) fn fields(result: &Value) -> Vec<String> {
    SECTIONS
        .iter()
        .filter_map(|section| Some((section, result.get(section)?.as_object()?)))
        .flat_map(|(section, fields)| {
            fields
                .iter()
                .filter(|(_, value)| value.is_number() || value.is_boolean())
                .map(move |(field, _)| format!("{section}.{field}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn verdict(text: &str) -> Result<Verdict, String> {
        let result = json!({
            "time": { "cycles": 100, "images_per_second": 2.5 },
            "memory": { "fits": true, "peak_step": "a" },
            "layers": [{ "cycles": 40 }],
        });
        text.parse::<Claim>()?.verdict(&result)
    }

    #[test]
    fn claims_that_hold() {
        for text in [
            "cycles<=100",
            "cycles == 1_00",
            "time.images_per_second>2",
            "fits",
            "layers.0.cycles<41",
            "cycles!=3",
        ] {
            assert_eq!(verdict(text), Ok(Verdict::Holds), "{text}");
        }
    }

    #[test]
    fn claims_that_fail() {
        assert_eq!(verdict("cycles<100"), Ok(Verdict::Fails("100".to_owned())));
        assert_eq!(verdict("cycles>=100.5"), Ok(Verdict::Fails("100".to_owned())));
    }

    #[test]
    fn claims_that_are_none() {
        for text in [
            "",
            "<=3",
            "cycles<=",
            "cycles<=many",
            "peak_step<=3",
            "cycles",
            "no_such>1",
            "time<1",
        ] {
            assert!(verdict(text).is_err(), "{text}");
        }
    }
}
