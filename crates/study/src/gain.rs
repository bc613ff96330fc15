//! Answers of comparisons.

use serde::Serialize;

use crate::{
    ComparedFigure, Comparison, Figures, Filter, Goal, Row,
    settings::{Settings, settings},
};

/// How many times better one set of points is than another in one figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gain {
    /// Name of the comparison.
    pub name: String,
    /// The figure.
    pub metric: String,
    /// Which way is better.
    pub goal: Goal,
    /// The largest gain where points are matched at an equal figure, the geometric mean where in pairs; nothing where none match.
    pub gain: Option<f64>,
    /// What the source says.
    pub published: Option<f64>,
    /// Gain over published gain, less 1.
    pub error: Option<f64>,
    /// The gain at every point of the reference that has a match.
    pub at: Vec<GainAt>,
}

/// The gain at one point of the reference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GainAt {
    /// Where: the figure that is equal, or the keys.
    pub at: Settings,
    /// The figure there.
    pub reference: f64,
    /// The figure of the others, interpolated where they have no point there.
    pub figure: f64,
    /// How many times better it is.
    pub gain: f64,
}

/// The gains of a comparison, one for each of its figures.
pub(crate) fn gains(figures: &Figures<'_>, comparison: &Comparison) -> Vec<Gain> {
    comparison
        .figures
        .iter()
        .map(|compared| {
            let (at, gain) = if let Some(equal) = &comparison.at_equal {
                let at = at_equal(figures, comparison, compared, equal);
                let largest = at.iter().map(|at| at.gain).max_by(f64::total_cmp);
                (at, largest)
            } else {
                let keys = comparison.pairs.as_deref().unwrap_or_default();
                let at = in_pairs(figures, comparison, compared, keys);
                let mean = geometric_mean(&at);
                (at, mean)
            };
            Gain {
                name: comparison.name.clone(),
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
        .collect()
}

fn geometric_mean(at: &[GainAt]) -> Option<f64> {
    let sum: f64 = at.iter().map(|at| at.gain.ln()).sum();
    (!at.is_empty()).then(|| (sum / at.len() as f64).exp())
}

/// A point of a curve: where it is, and the figure there.
type CurvePoint = (f64, f64);

fn at_equal(
    figures: &Figures<'_>,
    comparison: &Comparison,
    compared: &ComparedFigure,
    equal: &str,
) -> Vec<GainAt> {
    let to = curve(figures, &comparison.to, compared, equal);
    curve(figures, &comparison.from, compared, equal)
        .into_iter()
        .filter_map(|(at, reference)| {
            let figure = interpolated(&to, at)?;
            Some(GainAt {
                at: Settings::from_iter([(equal.to_owned(), at.into())]),
                reference,
                figure,
                gain: compared.goal.advantage(figure, reference),
            })
        })
        .collect()
}

/// The best figure at each place, in order of places.
fn curve(figures: &Figures<'_>, filter: &Filter, compared: &ComparedFigure, equal: &str) -> Vec<CurvePoint> {
    let merit = |figure: f64| compared.goal.merit(figure);
    let mut points: Vec<CurvePoint> = figures
        .rows_where(filter)
        .filter_map(|row| Some((figures.at(row, equal)?, positive(figures, row, compared)?)))
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

fn in_pairs(
    figures: &Figures<'_>,
    comparison: &Comparison,
    compared: &ComparedFigure,
    keys: &[String],
) -> Vec<GainAt> {
    let to = best(figures, &comparison.to, compared, keys);
    best(figures, &comparison.from, compared, keys)
        .into_iter()
        .filter_map(|(at, reference)| {
            let &(_, figure) = to.iter().find(|(known, _)| *known == at)?;
            Some(GainAt {
                at,
                reference,
                figure,
                gain: compared.goal.advantage(figure, reference),
            })
        })
        .collect()
}

/// The best figure of every combination of the keys, in the order of the study.
fn best(
    figures: &Figures<'_>,
    filter: &Filter,
    compared: &ComparedFigure,
    keys: &[String],
) -> Vec<(Settings, f64)> {
    let mut best: Vec<(Settings, f64)> = Vec::new();
    for row in figures.rows_where(filter) {
        let Some(figure) = positive(figures, row, compared) else {
            continue;
        };
        let place = settings(figures, row, |key| keys.iter().any(|known| known == key));
        match best.iter_mut().find(|(known, _)| *known == place) {
            Some((_, known)) => {
                if compared.goal.merit(figure) > compared.goal.merit(*known) {
                    *known = figure;
                }
            }
            None => best.push((place, figure)),
        }
    }
    best
}

fn positive(figures: &Figures<'_>, row: &Row, compared: &ComparedFigure) -> Option<f64> {
    figures.at(row, &compared.metric).filter(|figure| *figure > 0.0)
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
