//! What a sweep says: which setting wins, by how much, and what each axis does.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Evaluation, Goal, Objective, Points, Row, Study, Value, front};

/// Version of the summary's format.
pub const SUMMARY_SCHEMA: &str = "tilesim-study-summary/1";

/// Settings by key, in the order of the study.
type Settings = serde_json::Map<String, serde_json::Value>;

/// What a sweep says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Version of this format.
    pub schema: &'static str,
    /// Name of the study.
    pub study: String,
    /// What it asks.
    pub description: String,
    /// Points.
    pub points: u64,
    /// Points that have a result and fit.
    pub done: u64,
    /// Points that do not fit the machine's memory; they take part in no race.
    pub does_not_fit: u64,
    /// Points without a result.
    pub failed: u64,
    /// Why, and how often.
    pub failures: BTreeMap<String, u64>,
    /// What is better.
    pub objectives: Vec<Objective>,
    /// For each objective, and each combination of the keys that winners are named within.
    pub winners: Vec<Winner>,
    /// What each value of each axis does to the first objective.
    pub effects: Vec<Effect>,
    /// Points that no other is better than in one objective and as good in all; empty where there is one objective.
    pub front: Vec<FrontPoint>,
}

/// The best point of a race.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Winner {
    /// What it is best at.
    pub metric: String,
    /// Which way is better.
    pub goal: Goal,
    /// Among which points.
    pub within: Settings,
    /// Its number.
    pub point: u64,
    /// What else varies, as it is there.
    pub settings: Settings,
    /// The figure.
    pub figure: f64,
    /// How many times better it is than the first point of the race.
    pub over_first: Option<f64>,
    /// How many times better it is than the next best.
    pub over_next: Option<f64>,
    /// How many took part.
    pub points: u64,
}

/// What a value of an axis does, all else equal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effect {
    /// The first objective.
    pub metric: String,
    /// The value, or the values of the keys of a zipped axis.
    pub settings: Settings,
    /// How many times better than at the first value of the axis, all else equal: the geometric mean over all pairs.
    pub advantage: Option<f64>,
    /// Pairs of points that differ in this axis alone.
    pub pairs: u64,
    /// Combinations of the other axes for which no other value is better.
    pub wins: u64,
}

/// A point of the front.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrontPoint {
    /// Its number.
    pub point: u64,
    /// What varies, as it is there.
    pub settings: Settings,
    /// The objectives' figures, in their order.
    pub figures: Vec<f64>,
}

/// What the rows of a study say.
pub fn summarise(study: &Study, points: &Points, rows: &[Row]) -> Summary {
    let mut summary = Summary {
        schema: SUMMARY_SCHEMA,
        study: study.name.clone(),
        description: study.description.clone(),
        points: rows.len() as u64,
        done: 0,
        does_not_fit: 0,
        failed: 0,
        failures: BTreeMap::new(),
        objectives: study.objectives.clone(),
        winners: Vec::new(),
        effects: Vec::new(),
        front: Vec::new(),
    };
    for row in rows {
        match &row.evaluation {
            Evaluation::Done { fits: true, .. } => summary.done += 1,
            Evaluation::Done { fits: false, .. } => summary.does_not_fit += 1,
            Evaluation::Failed { reason } => {
                summary.failed += 1;
                *summary.failures.entry(reason.clone()).or_default() += 1;
            }
        }
    }
    let metrics: Vec<(usize, Goal)> = study
        .objectives
        .iter()
        .filter_map(|objective| {
            let metric = study
                .metrics
                .iter()
                .position(|metric| *metric == objective.metric)?;
            Some((metric, objective.goal))
        })
        .collect();
    for &(metric, goal) in &metrics {
        summary.winners.extend(winners(study, points, rows, metric, goal));
    }
    if let Some(&(metric, goal)) = metrics.first() {
        summary.effects = effects(study, points, rows, metric, goal);
    }
    if metrics.len() > 1 {
        summary.front = front_points(points, rows, &metrics);
    }
    summary
}

fn winners(study: &Study, points: &Points, rows: &[Row], metric: usize, goal: Goal) -> Vec<Winner> {
    // In the order in which the combinations appear.
    let mut races: Vec<(Settings, Vec<(&Row, f64)>)> = Vec::new();
    let mut race_of: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        let Some(figure) = row.figure(metric) else {
            continue;
        };
        let within = settings(points, row, |key| study.within.iter().any(|known| known == key));
        let race = *race_of.entry(written(&within)).or_insert_with(|| {
            races.push((within, Vec::new()));
            races.len() - 1
        });
        races[race].1.push((row, figure));
    }
    races
        .into_iter()
        .filter_map(|(within, runners)| {
            let mut order: Vec<&(&Row, f64)> = runners.iter().collect();
            // Stable: of equals the first of the study.
            order.sort_by(|a, b| goal.merit(b.1).total_cmp(&goal.merit(a.1)));
            let &&(best, figure) = order.first()?;
            let over = |other: Option<f64>| other.and_then(|other| advantage(goal, figure, other));
            Some(Winner {
                metric: study.metrics[metric].clone(),
                goal,
                point: best.point,
                settings: settings(points, best, |key| !study.within.iter().any(|known| known == key)),
                figure,
                over_first: over(runners.first().map(|(_, figure)| *figure)),
                over_next: over(order.get(1).map(|(_, figure)| *figure)),
                points: runners.len() as u64,
                within,
            })
        })
        .collect()
}

fn effects(study: &Study, points: &Points, rows: &[Row], metric: usize, goal: Goal) -> Vec<Effect> {
    let mut effects = Vec::new();
    for axis in points.axis_keys() {
        let is_axis = |key: &str| axis.iter().any(|known| known == key);
        // Figures by what is equal, in the order of the axis.
        let mut equals: BTreeMap<String, Vec<(String, f64)>> = BTreeMap::new();
        let mut places: Vec<(String, Settings)> = Vec::new();
        for row in rows {
            let place = settings(points, row, is_axis);
            let name = written(&place);
            if !places.iter().any(|(known, _)| *known == name) {
                places.push((name.clone(), place));
            }
            if let Some(figure) = row.figure(metric) {
                let others = written(&settings(points, row, |key| !is_axis(key)));
                equals.entry(others).or_default().push((name, figure));
            }
        }
        if places.len() < 2 {
            continue;
        }
        let first = places[0].0.clone();
        for (name, place) in places {
            let mut logarithms = Vec::new();
            let mut wins = 0;
            for figures in equals.values() {
                let figure_at = |name: &str| {
                    figures
                        .iter()
                        .find(|(known, _)| known == name)
                        .map(|(_, figure)| *figure)
                };
                let Some(figure) = figure_at(&name) else {
                    continue;
                };
                if figures
                    .iter()
                    .all(|(_, other)| goal.merit(*other) <= goal.merit(figure))
                {
                    wins += 1;
                }
                let pair = figure_at(&first).and_then(|first| advantage(goal, figure, first));
                logarithms.extend(pair.map(f64::ln));
            }
            let pairs = logarithms.len();
            effects.push(Effect {
                metric: study.metrics[metric].clone(),
                settings: place,
                advantage: (pairs > 0).then(|| (logarithms.iter().sum::<f64>() / pairs as f64).exp()),
                pairs: pairs as u64,
                wins,
            });
        }
    }
    effects
}

fn front_points(points: &Points, rows: &[Row], metrics: &[(usize, Goal)]) -> Vec<FrontPoint> {
    let candidates: Vec<(&Row, Vec<f64>)> = rows
        .iter()
        .filter_map(|row| {
            let figures = metrics.iter().map(|(metric, _)| row.figure(*metric));
            Some((row, figures.collect::<Option<Vec<_>>>()?))
        })
        .collect();
    let merits: Vec<Vec<f64>> = candidates
        .iter()
        .map(|(_, figures)| {
            let goals = figures.iter().zip(metrics);
            goals.map(|(figure, (_, goal))| goal.merit(*figure)).collect()
        })
        .collect();
    front(&merits)
        .into_iter()
        .map(|index| {
            let (row, figures) = &candidates[index];
            FrontPoint {
                point: row.point,
                settings: settings(points, row, |_| true),
                figures: figures.clone(),
            }
        })
        .collect()
}

/// Nothing where a ratio would say nothing.
fn advantage(goal: Goal, figure: f64, reference: f64) -> Option<f64> {
    (figure > 0.0 && reference > 0.0).then(|| goal.advantage(figure, reference))
}

/// The chosen ones of the settings that vary.
fn settings(points: &Points, row: &Row, chosen: impl Fn(&str) -> bool) -> Settings {
    points
        .keys()
        .iter()
        .zip(&row.values)
        .filter(|(key, _)| chosen(key))
        .map(|(key, value)| (key.clone(), json(value)))
        .collect()
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Boolean(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Real(value) => (*value).into(),
        Value::Text(value) => value.as_str().into(),
    }
}

fn written(settings: &Settings) -> String {
    serde_json::Value::Object(settings.clone()).to_string()
}
