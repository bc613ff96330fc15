//! Answers of comparisons.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    Answer, ComparedFigure, Comparison, Figures, Goal, Row,
    settings::{Settings, settings, written},
};

/// How many times better one set of points is than another in one figure.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct Gain {
    /// Name of the comparison.
    pub name: String,
    /// Values of the keys by which the comparison takes its points apart.
    pub each: Settings,
    /// The figure.
    pub metric: String,
    /// Which way is better.
    pub goal: Goal,
    /// The comparison's answer; nothing where no points match.
    pub gain: Option<f64>,
    /// What the source says.
    pub published: Option<f64>,
    /// Gain over published gain, less 1.
    pub error: Option<f64>,
    /// The gain at every point of the reference that has a match.
    pub at: Vec<GainAt>,
}

/// The gain at one point of the reference.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
pub struct GainAt {
    /// Where: the keys that are equal, and the figure.
    pub at: Settings,
    /// The figure there.
    pub reference: f64,
    /// The figure of the others, interpolated where they have no point there.
    pub figure: f64,
    /// How many times better it is.
    pub gain: f64,
}

/// The gains of a comparison: for each combination of the keys that it takes apart, one for each of its figures.
pub(crate) fn gains(figures: &Figures<'_>, comparison: &Comparison) -> Vec<Gain> {
    let from: Vec<&Row> = figures.rows_where(&comparison.from).collect();
    let to = apart(figures, figures.rows_where(&comparison.to), &comparison.each);
    to.into_iter()
        .flat_map(|(each, to)| {
            let from = &from;
            comparison.figures.iter().map(move |compared| {
                let at = gains_at(figures, comparison, compared, from, &to);
                let gain = match comparison.answer {
                    Answer::Mean => geometric_mean(&at),
                    Answer::Largest => at.iter().map(|at| at.gain).max_by(f64::total_cmp),
                };
                Gain {
                    name: comparison.name.clone(),
                    each: each.clone(),
                    metric: compared.metric.clone(),
                    goal: compared.goal,
                    gain,
                    published: compared.published,
                    error: gain
                        .zip(compared.published)
                        .map(|(gain, published)| gain / published - 1.0),
                    at,
                }
            })
        })
        .collect()
}

/// Rows by the values of some keys, in the order in which these appear.
fn apart<'a>(
    figures: &Figures<'_>,
    rows: impl Iterator<Item = &'a Row>,
    keys: &[String],
) -> Vec<(Settings, Vec<&'a Row>)> {
    let mut parts: Vec<(Settings, Vec<&Row>)> = Vec::new();
    let mut index_of: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        let place = settings(figures, row, |key| keys.iter().any(|known| known == key));
        let index = *index_of.entry(written(&place)).or_insert_with(|| {
            parts.push((place, Vec::new()));
            parts.len() - 1
        });
        parts[index].1.push(row);
    }
    parts
}

fn gains_at(
    figures: &Figures<'_>,
    comparison: &Comparison,
    compared: &ComparedFigure,
    from: &[&Row],
    to: &[&Row],
) -> Vec<GainAt> {
    let to = apart(figures, to.iter().copied(), &comparison.within);
    let from = apart(figures, from.iter().copied(), &comparison.within);
    let pairs = from.iter().filter_map(|(place, from)| {
        let (_, to) = to.iter().find(|(other, _)| other == place)?;
        Some((place, from, to))
    });
    pairs
        .flat_map(|(place, from, to)| {
            let to = curve(figures, to, compared, comparison.at_equal.as_deref());
            let from = curve(figures, from, compared, comparison.at_equal.as_deref());
            from.into_iter().filter_map(move |(equal, reference)| {
                let figure = interpolated(&to, equal)?;
                let mut at = place.clone();
                if let Some(key) = &comparison.at_equal {
                    at.insert(key.clone(), equal.into());
                }
                Some(GainAt {
                    at,
                    reference,
                    figure,
                    gain: compared.goal.advantage(figure, reference),
                })
            })
        })
        .collect()
}

fn geometric_mean(at: &[GainAt]) -> Option<f64> {
    let sum: f64 = at.iter().map(|at| at.gain.ln()).sum();
    (!at.is_empty()).then(|| (sum / at.len() as f64).exp())
}

/// A point of a curve: where it is, and the figure there.
type CurvePoint = (f64, f64);

/// The best figure at each place, in order of places; at one place where nothing is made equal.
fn curve(
    figures: &Figures<'_>,
    rows: &[&Row],
    compared: &ComparedFigure,
    equal: Option<&str>,
) -> Vec<CurvePoint> {
    let merit = |figure: f64| compared.goal.merit(figure);
    let mut points: Vec<CurvePoint> = rows
        .iter()
        .filter_map(|row| {
            let place = equal.map_or(Some(0.0), |equal| figures.at(row, equal))?;
            let figure = figures.at(row, &compared.metric)?;
            (figure > 0.0).then_some((place, figure))
        })
        .collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(merit(b.1).total_cmp(&merit(a.1))));
    points.dedup_by(|next, best| next.0.total_cmp(&best.0).is_eq());
    points
}

/// The figure at a place of a curve; between two points linear in its logarithm, because networks grow by factors.
fn interpolated(curve: &[CurvePoint], at: f64) -> Option<f64> {
    if let Some(&(_, figure)) = curve.iter().find(|point| point.0.total_cmp(&at).is_eq()) {
        return Some(figure);
    }
    curve.windows(2).find_map(|pair| match *pair {
        [(left, from), (right, to)] if left < at && at < right => {
            let share = (at - left) / (right - left);
            Some((from.ln() + share * (to.ln() - from.ln())).exp())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_interpolated_by_factors_and_not_beyond_their_ends() {
        let curve = [(1.0, 16.0), (3.0, 4.0), (4.0, 5.0)];
        assert_eq!(interpolated(&curve, 3.0), Some(4.0));
        assert!(interpolated(&curve, 2.0).is_some_and(|figure| (figure - 8.0).abs() < 1e-9));
        assert_eq!(interpolated(&curve, 0.5), None);
        assert_eq!(interpolated(&curve, 4.5), None);
    }
}
