//! What a sweep says: which setting wins, by how much, what each axis does, and what comparisons answer.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    Evaluation, Figures, FrontDefinition, Objective, Points, Row, Shard, Study, Unfit,
    effects::{Effect, effects},
    fronts::{Front, front_of},
    gain::{Gain, gains},
    winners::{Winner, winners},
};

/// Version of the summary's format.
pub const SUMMARY_SCHEMA: &str = "tilesim-study-summary/1";

/// What a sweep says.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Summary {
    /// Version of this format.
    pub schema: &'static str,
    /// Name of the study.
    pub study: String,
    /// What it asks.
    pub description: String,
    /// Keys that name a point.
    pub named_by: Vec<String>,
    /// Points.
    pub points: u64,
    /// Which part of the study's points these are, where they are not all: nothing is compared then, because what wins among some
    /// may lose among all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// Points that have a result and fit.
    pub done: u64,
    /// Points that do not fit the machine's memory.
    pub does_not_fit: u64,
    /// Points without a result.
    pub failed: u64,
    /// Whether those that do not fit take part in what follows.
    pub unfit: Unfit,
    /// Why, and how often.
    pub failures: BTreeMap<String, u64>,
    /// What is better.
    pub objectives: Vec<Objective>,
    /// For each objective, and each combination of the keys that winners are named within.
    pub winners: Vec<Winner>,
    /// What each value of each axis does to the first objective.
    pub effects: Vec<Effect>,
    /// The fronts of the study, and that of its objectives where there are several.
    pub fronts: Vec<Front>,
    /// The answers of the study's comparisons.
    pub gains: Vec<Gain>,
}

/// A part of the points of a study.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Part {
    /// Which shard they are, such as `2/4`; nothing for those that happen to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// Points of the whole study.
    pub of_points: u64,
}

/// What the rows of a part of a study say: how many there are of each kind.
pub fn count(study: &Study, points: &Points, rows: &[Row], shard: Option<Shard>) -> Summary {
    let part = Part {
        shard: shard.map(|shard| shard.to_string()),
        of_points: points.len(),
    };
    Summary {
        part: Some(part),
        ..counted(study, points, rows)
    }
}

/// What the rows of a study say.
pub fn summarise(study: &Study, points: &Points, rows: &[Row]) -> Summary {
    let figures = Figures::new(study, points, rows);
    let of_objectives = (study.objectives.len() > 1).then(|| FrontDefinition {
        name: study.name.clone(),
        objectives: study.objectives.clone(),
        filter: Vec::new(),
        picture: None,
    });
    Summary {
        winners: study
            .objectives
            .iter()
            .flat_map(|objective| winners(&figures, objective))
            .collect(),
        effects: study
            .objectives
            .first()
            .map_or_else(Vec::new, |first| effects(&figures, first)),
        fronts: of_objectives
            .iter()
            .chain(&study.fronts)
            .map(|definition| front_of(&figures, definition))
            .collect(),
        gains: study
            .comparisons
            .iter()
            .flat_map(|comparison| gains(&figures, comparison))
            .collect(),
        ..counted(study, points, rows)
    }
}

/// How many rows there are of each kind, and nothing compared.
fn counted(study: &Study, points: &Points, rows: &[Row]) -> Summary {
    let (mut done, mut does_not_fit, mut failed) = (0, 0, 0);
    let mut failures = BTreeMap::new();
    for row in rows {
        match &row.evaluation {
            Evaluation::Done { fits: true, .. } => done += 1,
            Evaluation::Done { fits: false, .. } => does_not_fit += 1,
            Evaluation::Failed { reason } => {
                failed += 1;
                *failures.entry(reason.clone()).or_default() += 1;
            }
        }
    }
    Summary {
        schema: SUMMARY_SCHEMA,
        study: study.name.clone(),
        description: study.description.clone(),
        named_by: if study.named_by.is_empty() {
            points.keys().to_vec()
        } else {
            study.named_by.clone()
        },
        points: rows.len() as u64,
        part: None,
        done,
        does_not_fit,
        failed,
        unfit: study.unfit,
        failures,
        objectives: study.objectives.clone(),
        winners: Vec::new(),
        effects: Vec::new(),
        fronts: Vec::new(),
        gains: Vec::new(),
    }
}
