//! What each value of each axis does, all else equal.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    Figures, Objective,
    settings::{Settings, settings, written},
};

/// What a value of an axis does, all else equal.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
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

/// The effect of every value of every axis that has more than one on an objective.
pub(crate) fn effects(figures: &Figures<'_>, objective: &Objective) -> Vec<Effect> {
    let Objective { metric, goal } = objective;
    let mut effects = Vec::new();
    for axis in figures.points().axis_keys() {
        let is_axis = |key: &str| axis.iter().any(|known| known == key);
        // Figures by what is equal, in the order of the axis.
        let mut equals: BTreeMap<String, Vec<(String, f64)>> = BTreeMap::new();
        let mut places: Vec<(String, Settings)> = Vec::new();
        for row in figures.rows() {
            let place = settings(figures, row, is_axis);
            let name = written(&place);
            if !places.iter().any(|(known, _)| *known == name) {
                places.push((name.clone(), place));
            }
            if let Some(figure) = figures.at(row, metric) {
                let others = written(&settings(figures, row, |key| !is_axis(key)));
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
                let pair = figure_at(&first).and_then(|first| goal.advantage_of(figure, first));
                logarithms.extend(pair.map(f64::ln));
            }
            let pairs = logarithms.len();
            effects.push(Effect {
                metric: metric.clone(),
                settings: place,
                advantage: (pairs > 0).then(|| (logarithms.iter().sum::<f64>() / pairs as f64).exp()),
                pairs: pairs as u64,
                wins,
            });
        }
    }
    effects
}
