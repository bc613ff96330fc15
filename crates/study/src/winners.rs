//! Races: which point is best among which.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    Figures, Goal, Objective, Row,
    settings::{Settings, settings, written},
};

/// The best point of a race.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
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

/// The winner of every combination of the keys that the study names winners within.
pub(crate) fn winners(figures: &Figures<'_>, objective: &Objective) -> Vec<Winner> {
    // In the order in which the combinations appear.
    let mut races: Vec<(Settings, Vec<(&Row, f64)>)> = Vec::new();
    let mut race_of: BTreeMap<String, usize> = BTreeMap::new();
    let Objective { metric, goal } = objective;
    let study = figures.study();
    for row in figures.rows() {
        let Some(figure) = figures.at(row, metric) else {
            continue;
        };
        let within = settings(figures, row, |key| study.within.iter().any(|known| known == key));
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
            let over = |other: Option<f64>| other.and_then(|other| goal.advantage_of(figure, other));
            Some(Winner {
                metric: metric.clone(),
                goal: *goal,
                point: best.point,
                settings: settings(figures, best, |key| {
                    !study.within.iter().any(|known| known == key)
                }),
                figure,
                over_first: over(runners.first().map(|(_, figure)| *figure)),
                over_next: over(order.get(1).map(|(_, figure)| *figure)),
                points: runners.len() as u64,
                within,
            })
        })
        .collect()
}
