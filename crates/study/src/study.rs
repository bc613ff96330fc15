//! The file of a study.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilesim_input::{Known, Mistakes};

use crate::{
    Axis, Comparison, Condition, Digest, FrontDefinition, Goal, Objective, PictureDefinition, Points, Sample,
    Search, StudyError, Unfit, Value, axis::ExpandedAxis,
};

/// Version of the file format of studies.
pub const STUDY_SCHEMA: &str = "tilesim-study/1";

/// Most combinations of a grid that is run whole, or whose conditions are.
const MAX_GRID: u64 = 100_000_000;

/// A study: settings that are fixed, settings that vary, and what is asked of every combination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// Version of this format: `tilesim-study/1`.
    #[serde(default = "schema_version")]
    pub schema: String,
    /// Name.
    pub name: String,
    /// What it asks, in one line.
    #[serde(default)]
    pub description: String,
    /// Settings of every point, by key.
    #[serde(default)]
    pub fixed: BTreeMap<String, Value>,
    /// What varies; every combination is a point, and the last axis varies fastest.
    pub axes: Vec<Axis>,
    /// Points at which one of these does not hold are left out: `KEY OPERATOR VALUE`, alternatives joined with `or`.
    #[serde(default)]
    pub conditions: Vec<Condition>,
    /// How many of the points are run, drawn at random; all of them where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
    /// How the points are chosen, of a space that is searched for the best ones (`tilesim search`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Search>,
    /// What holds at points that take part in what is said of the study, of metrics and keys: `theoretical.flops <= 4e8`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<Condition>,
    /// Figures of the result, by path; each becomes a column.
    #[serde(default = "usual_metrics")]
    pub metrics: Vec<String>,
    /// What is better; the first one decides who wins, all together make the front. Where nothing is said, the most images per second,
    /// if that is a metric.
    #[serde(default = "usual_objectives")]
    pub objectives: Vec<Objective>,
    /// Keys within whose combinations winners are named, such as `model`: between different networks a race says little.
    #[serde(default)]
    pub within: Vec<String>,
    /// Keys whose values name a point in tables and plots; all that vary where there are none.
    #[serde(default)]
    pub named_by: Vec<String>,
    /// Whether points that do not fit the machine's memory take part in what is said of the study.
    #[serde(default)]
    pub unfit: Unfit,
    /// Fronts beside that of the objectives.
    #[serde(default)]
    pub fronts: Vec<FrontDefinition>,
    /// How many times better some points are than others.
    #[serde(default)]
    pub comparisons: Vec<Comparison>,
    /// Pictures beside those of the fronts.
    #[serde(default)]
    pub pictures: Vec<PictureDefinition>,
}

fn schema_version() -> String {
    STUDY_SCHEMA.to_owned()
}

fn usual_metrics() -> Vec<String> {
    [
        "theoretical.flops",
        "time.cycles",
        "time.images_per_second",
        "utilisation.conv_units",
        "traffic.exchange_bytes",
        "memory.peak_bytes",
    ]
    .map(str::to_owned)
    .into()
}

/// Whether a study has objectives of its own, in place of the usual ones.
fn says_objectives(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Said {
        objectives: Option<serde::de::IgnoredAny>,
    }
    serde_json::from_str(text).is_ok_and(|said: Said| said.objectives.is_some())
}

fn usual_objectives() -> Vec<Objective> {
    vec![Objective {
        metric: "time.images_per_second".to_owned(),
        goal: Goal::Maximise,
    }]
}

impl Study {
    /// Reads a study; `file` is named in errors.
    ///
    /// # Errors
    /// Where the text is no study, or a field makes no sense.
    pub fn from_json(text: &str, file: &str) -> Result<Self, StudyError> {
        let study: Self = tilesim_input::parse(text, file).map_err(StudyError::Json)?;
        study.checked(text).map_err(|error| match error {
            StudyError::Field {
                field,
                reason,
                expected,
            } => StudyError::Json(Mistakes::at(
                file,
                text,
                &field,
                format!("{reason}; expected {expected}"),
            )),
            other => other,
        })
    }

    /// The study, if its fields go together.
    fn checked(mut self, text: &str) -> Result<Self, StudyError> {
        let study = &mut self;
        let points = study.points()?;
        if !says_objectives(text) {
            // What nobody asked for is no mistake: a study of other metrics compares none of them.
            study
                .objectives
                .retain(|objective| study.metrics.contains(&objective.metric));
        }
        study.check_objectives(&points)?;
        study.check_fronts(&points)?;
        study.check_comparisons(&points)?;
        study.check_pictures(&points)?;
        Ok(self)
    }

    /// The bundled study of this name.
    ///
    /// # Errors
    /// Where there is none.
    pub fn bundled(name: &str) -> Result<Self, StudyError> {
        match crate::bundled_text(name) {
            Some(text) => Self::from_json(text, &format!("{name}.json")),
            None => Err(StudyError::Unknown {
                name: name.to_owned(),
                known: Known::beside(name, crate::bundled_names()),
            }),
        }
    }

    /// The points of the study.
    ///
    /// # Errors
    /// Where axes or conditions make no sense.
    pub fn points(&self) -> Result<Points, StudyError> {
        if self.schema != STUDY_SCHEMA {
            return Err(StudyError::field(
                "schema",
                format!("is `{}`", self.schema),
                format!("`{STUDY_SCHEMA}`"),
            ));
        }
        let axes = self
            .axes
            .iter()
            .enumerate()
            .map(|(index, axis)| axis.expand(&format!("axes[{index}]")))
            .collect::<Result<Vec<ExpandedAxis>, _>>()?;
        let mut keys: Vec<&str> = axes
            .iter()
            .flat_map(|axis| axis.keys.iter().map(String::as_str))
            .collect();
        keys.extend(self.fixed.keys().map(String::as_str));
        for (index, key) in keys.iter().enumerate() {
            if keys[..index].contains(key) {
                return Err(StudyError::field(
                    "axes",
                    format!("`{key}` is set twice"),
                    "each key once",
                ));
            }
        }
        if let Some(key) = self.within.iter().find(|key| !keys.contains(&key.as_str())) {
            return Err(StudyError::field(
                "within",
                format!("`{key}` is not set{}", Known::beside(key, &keys).hint()),
                Known::beside(key, &keys).expected(),
            ));
        }
        let grid = axes
            .iter()
            .try_fold(1_u64, |product, axis| {
                product.checked_mul(axis.places.len() as u64)
            })
            .filter(|&grid| grid <= MAX_GRID || self.sample.is_some() || self.search.is_some());
        if grid.is_none() {
            return Err(StudyError::field(
                "axes",
                "make too many combinations",
                format!("at most {MAX_GRID}, or a `sample` of them"),
            ));
        }
        if let Some(Sample { points, .. }) = self.sample
            && !(1..=MAX_GRID).contains(&points)
        {
            return Err(StudyError::field(
                "sample.points",
                format!("is {points}"),
                format!("1 to {MAX_GRID}"),
            ));
        }
        match self.search {
            None => Points::new(axes, self.fixed.clone(), &self.conditions, self.sample),
            Some(_) if self.sample.is_some() => Err(StudyError::field(
                "sample",
                "stands beside a `search`",
                "one of both",
            )),
            Some(search) => {
                search.check()?;
                Points::grid(axes, self.fixed.clone(), &self.conditions)
            }
        }
    }

    fn check_objectives(&self, points: &Points) -> Result<(), StudyError> {
        for key in &self.named_by {
            check_key(key, points, "named_by")?;
        }
        for (field, names) in [("metrics", &self.metrics), ("within", &self.within)] {
            for (index, name) in names.iter().enumerate() {
                if name.is_empty() || names[..index].contains(name) {
                    return Err(StudyError::field(
                        &format!("{field}[{index}]"),
                        format!("`{name}` is empty or stands twice"),
                        "names that differ",
                    ));
                }
            }
        }
        self.check_constraints(points)?;
        for (index, Objective { metric, .. }) in self.objectives.iter().enumerate() {
            self.check_figure(metric, points, &format!("objectives[{index}].metric"))?;
        }
        Ok(())
    }

    /// A constraint compares metrics, or keys, with numbers.
    fn check_constraints(&self, points: &Points) -> Result<(), StudyError> {
        let first = points.get(0);
        let figure = Value::Real(1.0);
        let value = |name: &str| {
            let metric = self
                .metrics
                .iter()
                .any(|metric| metric == name)
                .then_some(&figure);
            metric.or_else(|| points.value(first.as_ref()?, name))
        };
        for (index, constraint) in self.constraints.iter().enumerate() {
            if let Some(reason) = constraint.mistake(value) {
                return Err(StudyError::field(
                    &format!("constraints[{index}]"),
                    reason,
                    self.metrics.join(", "),
                ));
            }
        }
        Ok(())
    }

    fn check_fronts(&self, points: &Points) -> Result<(), StudyError> {
        for (index, front) in self.fronts.iter().enumerate() {
            let field = format!("fronts[{index}]");
            if front.objectives.is_empty() {
                return Err(StudyError::field(&field, "has no objectives", "at least one"));
            }
            for Objective { metric, .. } in &front.objectives {
                self.check_figure(metric, points, &format!("{field}.objectives"))?;
            }
            points.check(&front.filter, &format!("{field}.where"))?;
            if let Some(picture) = &front.picture {
                check_file_name(picture, &format!("{field}.picture"))?;
                let first = |front: &FrontDefinition| front.objectives.first().cloned();
                let beside = self.fronts[..index]
                    .iter()
                    .find(|other| other.picture == front.picture);
                if beside.is_some_and(|beside| first(beside) != first(front)) {
                    return Err(StudyError::field(
                        &format!("{field}.objectives"),
                        format!("begin with another than those beside it in `{picture}`"),
                        "the same first objective",
                    ));
                }
            }
        }
        Ok(())
    }

    fn check_comparisons(&self, points: &Points) -> Result<(), StudyError> {
        for (index, comparison) in self.comparisons.iter().enumerate() {
            let field = format!("comparisons[{index}]");
            points.check(&comparison.from, &format!("{field}.from"))?;
            points.check(&comparison.to, &format!("{field}.to"))?;
            if let Some(equal) = &comparison.at_equal {
                self.check_figure(equal, points, &format!("{field}.at_equal"))?;
            }
            for (keys, list) in [("each", &comparison.each), ("within", &comparison.within)] {
                for key in list {
                    check_key(key, points, &format!("{field}.{keys}"))?;
                }
            }
            for figure in &comparison.figures {
                self.check_figure(&figure.metric, points, &format!("{field}.figures"))?;
            }
        }
        Ok(())
    }

    fn check_pictures(&self, points: &Points) -> Result<(), StudyError> {
        for (index, picture) in self.pictures.iter().enumerate() {
            let field = format!("pictures[{index}]");
            check_file_name(&picture.name, &format!("{field}.name"))?;
            check_key(&picture.x, points, &format!("{field}.x"))?;
            self.check_figure(
                picture.figure(),
                points,
                &format!("{field}.{}", if picture.value.is_some() { "value" } else { "y" }),
            )?;
            if picture.value.is_some() {
                check_key(&picture.y, points, &format!("{field}.y"))?;
            }
            for key in &picture.series {
                check_key(key, points, &format!("{field}.series"))?;
            }
            points.check(&picture.filter, &format!("{field}.where"))?;
            check_measured(picture, &format!("{field}.measured"))?;
            if let Some(name) = &picture.gains_of
                && !self.comparisons.iter().any(|comparison| comparison.name == *name)
            {
                return Err(StudyError::field(
                    &format!("{field}.gains_of"),
                    format!("no comparison is called `{name}`"),
                    "one of the study's",
                ));
            }
        }
        Ok(())
    }

    /// A figure is a metric, or a key.
    fn check_figure(&self, name: &str, points: &Points, field: &str) -> Result<(), StudyError> {
        if self.metrics.iter().any(|metric| metric == name) || is_key(name, points) {
            return Ok(());
        }
        let known = Known::beside(name, &self.metrics);
        Err(StudyError::field(
            field,
            format!("`{name}` is no metric of the study, and no key{}", known.hint()),
            known.expected(),
        ))
    }

    /// What tells this study from others.
    ///
    /// # Errors
    /// Where it cannot be written as JSON.
    pub fn digest(&self) -> Result<Digest, serde_json::Error> {
        Ok(Digest::default().with(&serde_json::to_vec(self)?))
    }
}

/// Measurements stand beside lines of the figure itself, and say who made them.
fn check_measured(picture: &PictureDefinition, field: &str) -> Result<(), StudyError> {
    if picture.measured.is_empty() {
        return Ok(());
    }
    if picture.value.is_some() || picture.relative || picture.gains_of.is_some() {
        return Err(StudyError::field(
            field,
            "stands beside a heat map, or beside figures that are divided",
            "a picture of lines of the figure itself",
        ));
    }
    for (index, line) in picture.measured.iter().enumerate() {
        let field = format!("{field}[{index}]");
        if line.name.is_empty() || line.source.is_empty() || line.points.is_empty() {
            return Err(StudyError::field(
                &field,
                "lacks a name, a source or points",
                "all three",
            ));
        }
        if let Some((_, figure)) = line.points.iter().find(|(_, figure)| !figure.is_finite()) {
            return Err(StudyError::field(
                &field,
                format!("`{figure}` is no figure"),
                "a number",
            ));
        }
    }
    Ok(())
}

/// What a picture's file is called, without its ending.
fn check_file_name(name: &str, field: &str) -> Result<(), StudyError> {
    let is_file = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    if !name.is_empty() && name.chars().all(is_file) {
        return Ok(());
    }
    Err(StudyError::field(
        field,
        format!("`{name}` names no file"),
        "letters, digits, `-` and `_`",
    ))
}

fn is_key(name: &str, points: &Points) -> bool {
    points.keys().iter().any(|key| key == name) || points.fixed().contains_key(name)
}

fn check_key(key: &str, points: &Points, field: &str) -> Result<(), StudyError> {
    if is_key(key, points) {
        return Ok(());
    }
    let known = Known::beside(key, points.keys());
    Err(StudyError::field(
        field,
        format!("`{key}` is no key of the study{}", known.hint()),
        known.expected(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(json: &str) -> String {
        Study::from_json(json, "study.json").expect_err(json).to_string()
    }

    #[test]
    fn mistakes_name_their_place() {
        for (json, expected) in [
            ("{", "study.json:1:"),
            (r#"{"name": "x"}"#, "axes"),
            (r#"{"name": "x", "axes": [], "axis": 1}"#, "axis"),
            (
                r#"{"name": "x", "axes": [{"key": "a", "values": [[1]]}]}"#,
                "axes[0].values[0]",
            ),
            (r#"{"name": "x", "axes": [{"key": "a"}]}"#, "axes[0]"),
            (
                r#"{"name": "x", "fixed": {"a": 1}, "axes": [{"key": "a", "values": [1]}]}"#,
                "`a` is set twice",
            ),
            (
                r#"{"name": "x", "axes": [], "conditions": ["b < 1"]}"#,
                "no key of the study",
            ),
            (
                r#"{"name": "x", "axes": [], "conditions": ["b"]}"#,
                "compares nothing",
            ),
            (
                r#"{"name": "x", "axes": [], "metrics": ["m", "m"]}"#,
                "metrics[1]",
            ),
            (
                r#"{"name": "x", "axes": [], "objectives": [{"metric": "m", "goal": "maximise"}]}"#,
                "objectives[0].metric",
            ),
            (
                r#"{"name": "x", "axes": [], "fronts": [{"name": "f", "objectives": []}]}"#,
                "has no objectives",
            ),
            (
                r#"{"name": "x", "axes": [], "comparisons": [{"name": "c", "from": ["a == 1"], "to": [], "figures": []}]}"#,
                "comparisons[0].from",
            ),
            (
                r#"{"name": "x", "axes": [], "comparisons": [{"name": "c", "each": ["a"], "figures": []}]}"#,
                "comparisons[0].each",
            ),
            (
                r#"{"name": "x", "fixed": {"a": 1}, "axes": [], "pictures": [{"name": "a/b", "x": "a", "y": "a"}]}"#,
                "names no file",
            ),
            (
                r#"{"name": "x", "axes": [], "metrics": ["a", "b"], "objectives": [], "fronts": [
                    {"name": "f", "picture": "p", "objectives": [{"metric": "a", "goal": "maximise"}]},
                    {"name": "g", "picture": "p", "objectives": [{"metric": "b", "goal": "maximise"}]}]}"#,
                "fronts[1].objectives",
            ),
            (
                r#"{"name": "x", "axes": [], "pictures": [{"name": "p", "x": "a", "y": "time.cycles"}]}"#,
                "pictures[0].x",
            ),
            (
                r#"{"name": "x", "axes": [], "within": ["model"]}"#,
                "`model` is not set",
            ),
            (
                r#"{"name": "x", "axes": [], "schema": "tilesim-study/0"}"#,
                "schema",
            ),
        ] {
            let message = mistake(json);
            assert!(message.contains(expected), "{json}: {message}");
        }
        let axis = |key| format!(r#"{{"key": "{key}", "range": {{"from": 1, "to": 100000}}}}"#);
        let large = format!(r#"{{"name": "x", "axes": [{}, {}]}}"#, axis("a"), axis("b"));
        assert!(mistake(&large).contains("too many"));
    }

    #[test]
    fn a_study_without_objectives_is_not_blamed_for_one() {
        let of = |metrics: &str| {
            let json = format!(r#"{{"name": "x", "axes": []{metrics}}}"#);
            Study::from_json(&json, "x").expect("a study").objectives
        };
        assert_eq!(of(""), usual_objectives());
        assert_eq!(
            of(r#", "metrics": ["time.cycles", "time.images_per_second"]"#),
            usual_objectives()
        );
        assert_eq!(of(r#", "metrics": ["time.cycles"]"#), []);
    }

    #[test]
    fn the_digest_knows_the_study() {
        let of = |batch: u64| {
            let json = format!(r#"{{"name": "x", "fixed": {{"batch": {batch}}}, "axes": []}}"#);
            Study::from_json(&json, "x")
                .expect("a study")
                .digest()
                .expect("JSON")
        };
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn bundled_studies_are_studies() {
        for name in crate::bundled_names() {
            let study = Study::bundled(name).expect(name);
            assert_eq!(study.name, name);
            assert!(!study.points().expect(name).is_empty(), "{name}");
        }
        assert!(Study::bundled("none").is_err());
    }
}
