//! What a study answers, in sentences: its comparisons, or what its settings do where it compares nothing.

use std::collections::BTreeSet;

use tilesim_report::render::units::times;
use tilesim_study::{Effect, Gain, GainAt, Goal, Settings, Summary, Winner};

use crate::quantity::{Quantity, setting};

/// Gains of a comparison that a sentence lists one by one; of more it says the range.
const LISTED: usize = 8;

/// The sentences, the study's own question first.
pub fn answers(summary: &Summary) -> Vec<String> {
    if summary.part.is_some() {
        return Vec::new();
    }
    let mut sentences: Vec<String> = by_comparison(&summary.gains)
        .into_iter()
        .map(|gains| of_comparison(&gains, &summary.named_by))
        .collect();
    if sentences.is_empty() {
        sentences.extend(by_axis(&summary.effects).into_iter().filter_map(of_axis));
        for objective in &summary.objectives {
            let races: Vec<&Winner> = summary
                .winners
                .iter()
                .filter(|winner| winner.metric == objective.metric)
                .collect();
            if let [winner] = races.as_slice() {
                sentences.push(of_winner(winner, &summary.named_by));
            }
        }
    }
    sentences
}

/// Gains with the same name, in their order.
fn by_comparison(gains: &[Gain]) -> Vec<Vec<&Gain>> {
    let mut groups: Vec<Vec<&Gain>> = Vec::new();
    for gain in gains {
        match groups.iter_mut().find(|group| group[0].name == gain.name) {
            Some(group) => group.push(gain),
            None => groups.push(vec![gain]),
        }
    }
    groups
}

/// One comparison: the best of what it takes apart, in each of its figures.
fn of_comparison(gains: &[&Gain], named_by: &[String]) -> String {
    let mut metrics: Vec<&str> = Vec::new();
    for gain in gains {
        if !metrics.contains(&gain.metric.as_str()) {
            metrics.push(&gain.metric);
        }
    }
    let parts = metrics.into_iter().filter_map(|metric| {
        let of_metric = gains.iter().filter(|gain| gain.metric == metric);
        let (best, gain) = of_metric
            .filter_map(|gain| Some((*gain, gain.gain?)))
            .max_by(|a, b| a.1.total_cmp(&b.1))?;
        let who = if best.each.is_empty() {
            String::new()
        } else {
            format!("{} is best, ", spoken(&best.each))
        };
        let source = best.published.map_or_else(String::new, |published| {
            let error = gain / published - 1.0;
            let error = format!("{:+.1}\u{a0}%", 100.0 * error).replace('-', "−");
            format!(" (the source says {}: {error})", times(Some(published)))
        });
        Some(format!(
            "{who}{}{source}{}",
            compared(gain, metric),
            places(&best.at, named_by)
        ))
    });
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        return format!("{}: no points match.", gains[0].name);
    }
    format!("{}: {}.", gains[0].name, parts.join("; "))
}

/// `1.25× better in images per second`.
fn compared(gain: f64, metric: &str) -> String {
    let name = Quantity::of(metric).name;
    let ratio = times(Some(gain));
    if ratio == times(Some(1.0)) {
        format!("the same in {name}")
    } else if gain > 1.0 {
        format!("{ratio} better in {name}")
    } else {
        format!("{ratio} as good in {name}")
    }
}

/// The gain at each place; nothing where there is one alone.
fn places(at: &[GainAt], named_by: &[String]) -> String {
    let named: Vec<(String, f64)> = at
        .iter()
        .map(|at| {
            let mut place = at.at.clone();
            place.retain(|key, _| named_by.contains(key));
            (spoken(&place), at.gain)
        })
        .collect();
    let names: BTreeSet<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
    if named.len() < 2 || names.len() < named.len() || names.contains("") {
        return String::new();
    }
    if named.len() > LISTED {
        let gains = || named.iter().map(|(_, gain)| *gain);
        let (least, most) = (gains().fold(f64::INFINITY, f64::min), gains().fold(0.0, f64::max));
        if times(Some(least)) == times(Some(most)) {
            return String::new();
        }
        return format!(
            " ({} to {} over {} pairs)",
            times(Some(least)),
            times(Some(most)),
            named.len()
        );
    }
    let listed: Vec<String> = named
        .iter()
        .map(|(name, gain)| format!("{name} {}", times(Some(*gain))))
        .collect();
    format!(" ({})", listed.join(", "))
}

/// Effects of the values of one axis, in their order.
fn by_axis(effects: &[Effect]) -> Vec<Vec<&Effect>> {
    let keys = |effect: &Effect| effect.settings.keys().cloned().collect::<Vec<_>>();
    let mut axes: Vec<Vec<&Effect>> = Vec::new();
    for effect in effects {
        match axes.iter_mut().find(|axis| keys(axis[0]) == keys(effect)) {
            Some(axis) => axis.push(effect),
            None => axes.push(vec![effect]),
        }
    }
    axes
}

/// Which value of an axis is best; nothing where fewer than two can be compared.
fn of_axis(axis: Vec<&Effect>) -> Option<String> {
    if axis.iter().filter(|effect| effect.advantage.is_some()).count() < 2 {
        return None;
    }
    let first = spoken(&axis.first()?.settings);
    let (best, advantage) = axis
        .into_iter()
        .filter_map(|effect| Some((effect, effect.advantage?)))
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    let name = Quantity::of(&best.metric).name;
    let spoken = spoken(&best.settings);
    Some(if spoken == first {
        format!("All else equal, {spoken} is best in {name}.")
    } else {
        format!(
            "All else equal, {spoken} is best: {} against {first}, the mean of {} pairs.",
            compared(advantage, &best.metric),
            best.pairs
        )
    })
}

fn of_winner(winner: &Winner, named_by: &[String]) -> String {
    let extreme = match winner.goal {
        Goal::Maximise => "Most",
        Goal::Minimise => "Least",
    };
    let quantity = Quantity::of(&winner.metric);
    let mut naming = winner.settings.clone();
    naming.retain(|key, _| named_by.contains(key));
    format!(
        "{extreme} {}: {} with {}.",
        quantity.name,
        quantity.written(winner.figure),
        spoken(if naming.is_empty() {
            &winner.settings
        } else {
            &naming
        })
    )
}

/// Settings by their values, joined.
fn spoken(settings: &Settings) -> String {
    let each = settings.iter().map(|(key, value)| setting(key, value));
    each.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use tilesim_study::{Evaluation, Row, Study, summarise};

    use super::*;

    /// The answers of a study whose only figure is the product of its settings.
    fn of(json: &str) -> Vec<String> {
        let study = Study::from_json(json, "study.json").expect("a study");
        let points = study.points().expect("points");
        let rows: Vec<Row> = points
            .iter()
            .map(|point| Row {
                point: point.index,
                evaluation: Evaluation::Done {
                    fits: true,
                    metrics: vec![Some(
                        point
                            .values
                            .iter()
                            .filter_map(tilesim_study::Value::number)
                            .product(),
                    )],
                },
                values: point.values,
            })
            .collect();
        answers(&summarise(&study, &points, &rows))
    }

    const AXES: &str = r#""name": "x", "axes": [{"key": "variant", "values": ["1", "2"]}, {"key": "group_size", "values": [1, 4]}],
        "metrics": ["time.images_per_second"], "objectives": [{"metric": "time.images_per_second", "goal": "maximise"}]"#;

    #[test]
    fn comparisons_are_answered_first_with_what_is_best_and_where() {
        let json = format!(
            r#"{{{AXES}, "comparisons": [{{"name": "Groups", "from": ["group_size == 1"], "each": ["group_size"],
                "within": ["variant"], "figures": [{{"metric": "time.images_per_second", "goal": "maximise", "published": 5}}]}}]}}"#
        );
        assert_eq!(
            of(&json),
            [
                "Groups: group size 4 is best, 4.00× better in images per second (the source says 5.00×: −20.0\u{a0}%) (1 4.00×, 2 4.00×)."
            ]
        );
    }

    #[test]
    fn without_comparisons_each_setting_is_answered_for() {
        let said = of(&format!("{{{AXES}}}"));
        assert_eq!(
            said,
            [
                "All else equal, 2 is best: 2.00× better in images per second against 1, the mean of 2 pairs.",
                "All else equal, group size 4 is best: 4.00× better in images per second against group size 1, the mean of 2 pairs.",
                "Most images per second: 8 with 2, group size 4.",
            ]
        );
    }
}
