//! Pictures of a study: what is drawn where, not how.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use crate::{
    Evaluation, Figures, Front, FrontDefinition, Gain, Goal, MeasuredLine, PictureDefinition, Row, Unfit,
    parallel::{Parallel, parallel},
    settings::{Settings, json, settings},
    spoken_key,
};

/// A picture with its data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Picture {
    /// Lines over places.
    Lines {
        /// Name of its file.
        name: String,
        /// What the places are values of.
        x: String,
        /// What is drawn.
        y: String,
        /// The places.
        places: Vec<String>,
        /// Each line: its name, and its figure at each place.
        lines: Vec<(String, Vec<Option<f64>>)>,
        /// The same of what was measured.
        measured: Vec<(String, Vec<Option<f64>>)>,
    },
    /// A figure by two keys.
    HeatMap {
        /// Name of its file.
        name: String,
        /// What the columns are values of.
        x: String,
        /// What the rows are values of.
        y: String,
        /// The figure.
        value: String,
        /// Columns.
        columns: Vec<String>,
        /// Each row: its name, and its figure in each column.
        rows: Vec<(String, Vec<Option<f64>>)>,
    },
    /// All points over all that varies and is measured.
    Parallel {
        /// Name of its file.
        name: String,
        /// Axes and lines.
        parallel: Parallel,
    },
    /// The gains of comparisons beside each other, and beside what their source says.
    Gains {
        /// Name of its file.
        name: String,
        /// The comparisons.
        comparisons: Vec<String>,
        /// Each figure that is compared.
        figures: Vec<GainFigure>,
    },
    /// Fronts side by side, over the same objective from bottom to top.
    Fronts {
        /// Name of its file.
        name: String,
        /// From left to right.
        panels: Vec<FrontPanel>,
    },
}

impl Picture {
    /// Name of its file.
    pub fn name(&self) -> &str {
        match self {
            Self::Lines { name, .. }
            | Self::HeatMap { name, .. }
            | Self::Parallel { name, .. }
            | Self::Gains { name, .. }
            | Self::Fronts { name, .. } => name,
        }
    }
}

/// The gains of some comparisons in one figure, in their order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GainFigure {
    /// The figure.
    pub metric: String,
    /// What is simulated.
    pub here: Vec<Option<f64>>,
    /// What the source says.
    pub published: Vec<Option<f64>>,
}

/// A front among all points that take part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrontPanel {
    /// What the front is called.
    pub title: String,
    /// The objectives: from left to right, and from bottom to top.
    pub objectives: [String; 2],
    /// Points by what they are called but for their first name, which is beside each point.
    pub series: Vec<(String, Vec<NamedPoint>)>,
    /// The front.
    pub front: Vec<(f64, f64)>,
}

/// A point with what it is called.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedPoint {
    /// Its number.
    pub point: u64,
    /// What it is called.
    pub name: String,
    /// From left to right, and from bottom to top.
    pub at: (f64, f64),
    /// Whether the line of its series goes through it: a point of which a namesake is as good in all and better in one stands alone.
    pub joined: bool,
}

/// Every picture of a study: those that it asks for, one of each front of two objectives, and its parallel coordinates.
pub fn pictures(figures: &Figures<'_>, fronts: &[Front], gains: &[Gain]) -> Vec<Picture> {
    let asked = figures.study().pictures.iter().map(|definition| {
        let records = match &definition.gains_of {
            Some(comparison) => records_of_gains(gains, comparison, definition.figure()),
            None => records_of_rows(figures, definition),
        };
        drawn(definition, &records)
    });
    asked
        .chain(of_gains(gains))
        .chain(of_fronts(figures, fronts))
        .chain(parallel(figures).map(|parallel| Picture::Parallel {
            name: "parallel-coordinates".to_owned(),
            parallel,
        }))
        .collect()
}

/// What may be drawn: settings, and a figure.
type Record = (Settings, f64);

fn records_of_rows(figures: &Figures<'_>, definition: &PictureDefinition) -> Vec<Record> {
    figures
        .rows_where(&definition.filter)
        .filter_map(|row| {
            Some((
                settings(figures, row, |_| true),
                figures.at(row, definition.figure())?,
            ))
        })
        .collect()
}

fn records_of_gains(gains: &[Gain], comparison: &str, metric: &str) -> Vec<Record> {
    gains
        .iter()
        .filter(|gain| gain.name == comparison && gain.metric == metric)
        .flat_map(|gain| {
            gain.at.iter().map(|at| {
                let all = gain.each.iter().chain(&at.at);
                (
                    all.map(|(key, value)| (key.clone(), value.clone())).collect(),
                    at.gain,
                )
            })
        })
        .collect()
}

fn drawn(definition: &PictureDefinition, records: &[Record]) -> Picture {
    let by = match &definition.value {
        Some(_) => std::slice::from_ref(&definition.y),
        None => definition.series.as_slice(),
    };
    let of_measured: Vec<Vec<(Json, f64)>> = definition.measured.iter().map(points_of).collect();
    let mut places: Vec<&Json> = Vec::new();
    for (x, _) in of_measured.iter().flatten() {
        if !places.contains(&x) {
            places.push(x);
        }
    }
    let mut rows: Vec<(String, BTreeMap<usize, f64>)> = Vec::new();
    for (settings, figure) in records {
        let Some(x) = settings.get(&definition.x) else {
            continue;
        };
        let place = places.iter().position(|known| *known == x).unwrap_or_else(|| {
            places.push(x);
            places.len() - 1
        });
        let name = name(settings, by);
        let row = rows.iter().position(|(known, _)| *known == name);
        let row = row.unwrap_or_else(|| {
            rows.push((name, BTreeMap::new()));
            rows.len() - 1
        });
        rows[row]
            .1
            .entry(place)
            .and_modify(|best| {
                if definition.goal.merit(*figure) > definition.goal.merit(*best) {
                    *best = *figure;
                }
            })
            .or_insert(*figure);
    }
    let mut order: Vec<usize> = (0..places.len()).collect();
    // Numbers by size; names stay in the order of the study.
    order.sort_by(|&a, &b| match (places[a].as_f64(), places[b].as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.cmp(&b),
    });
    let rows = rows
        .into_iter()
        .map(|(name, figures)| {
            let mut figures: Vec<Option<f64>> =
                order.iter().map(|place| figures.get(place).copied()).collect();
            if definition.relative {
                relate(&mut figures, definition);
            }
            (name, figures)
        })
        .collect();
    let measured = definition
        .measured
        .iter()
        .zip(&of_measured)
        .map(|(line, points)| {
            let figure = |place: &usize| {
                points
                    .iter()
                    .find(|(x, _)| x == places[*place])
                    .map(|(_, figure)| *figure)
            };
            (line.name.clone(), order.iter().map(figure).collect())
        });
    let measured = measured.collect();
    let places = order.into_iter().map(|place| written(places[place])).collect();
    match &definition.value {
        Some(value) => Picture::HeatMap {
            name: definition.name.clone(),
            x: definition.x.clone(),
            y: definition.y.clone(),
            value: label(definition, value),
            columns: places,
            rows,
        },
        None => Picture::Lines {
            name: definition.name.clone(),
            x: definition.x.clone(),
            y: label(definition, &definition.y),
            places,
            lines: rows,
            measured,
        },
    }
}

/// The points of a measured line, their places as settings write them.
fn points_of(line: &MeasuredLine) -> Vec<(Json, f64)> {
    let points = line.points.iter();
    points.map(|(x, figure)| (json(x), *figure)).collect()
}

/// The figure, and whether it is a gain or related to another.
fn label(definition: &PictureDefinition, figure: &str) -> String {
    if definition.gains_of.is_some() {
        format!("gain in {figure}")
    } else if definition.relative {
        format!("relative {figure}")
    } else {
        figure.to_owned()
    }
}

/// Divides by the first figure of a line, or by the best of a row.
fn relate(figures: &mut [Option<f64>], definition: &PictureDefinition) {
    let mut known = figures.iter().copied().flatten();
    let reference = match definition.value {
        None => known.next(),
        Some(_) => known.max_by(|a, b| definition.goal.merit(*a).total_cmp(&definition.goal.merit(*b))),
    };
    if let Some(reference) = reference.filter(|reference| *reference != 0.0) {
        for figure in figures.iter_mut().flatten() {
            *figure /= reference;
        }
    }
}

/// The picture of all gains that are not taken apart; nothing where they are not several.
fn of_gains(gains: &[Gain]) -> Option<Picture> {
    let whole = || {
        gains
            .iter()
            .filter(|gain| gain.each.is_empty() && gain.gain.is_some())
    };
    let (mut comparisons, mut metrics): (Vec<String>, Vec<&str>) = (Vec::new(), Vec::new());
    for gain in whole() {
        if !comparisons.contains(&gain.name) {
            comparisons.push(gain.name.clone());
        }
        if !metrics.contains(&gain.metric.as_str()) {
            metrics.push(&gain.metric);
        }
    }
    let figure = |metric: &str| {
        let of = |name: &String| whole().find(|gain| gain.name == *name && gain.metric == metric);
        GainFigure {
            metric: metric.to_owned(),
            here: comparisons.iter().map(|name| of(name)?.gain).collect(),
            published: comparisons.iter().map(|name| of(name)?.published).collect(),
        }
    };
    let figures = metrics.into_iter().map(figure).collect();
    (comparisons.len() > 1).then_some(Picture::Gains {
        name: "all-gains".to_owned(),
        comparisons,
        figures,
    })
}

/// The pictures of fronts, each of those that ask for the same one.
fn of_fronts(figures: &Figures<'_>, fronts: &[Front]) -> Vec<Picture> {
    let mut drawn: Vec<(String, Vec<FrontPanel>)> = Vec::new();
    for front in fronts {
        let Some(panel) = panel(figures, front) else {
            continue;
        };
        let definition = &front.definition;
        let name = definition
            .picture
            .clone()
            .unwrap_or_else(|| file_name(&definition.name));
        match drawn.iter_mut().find(|(known, _)| *known == name) {
            Some((_, panels)) => panels.push(panel),
            None => drawn.push((name, vec![panel])),
        }
    }
    drawn
        .into_iter()
        .map(|(name, panels)| Picture::Fronts { name, panels })
        .collect()
}

/// The panel of a front of two objectives.
fn panel(figures: &Figures<'_>, front: &Front) -> Option<FrontPanel> {
    let definition: &FrontDefinition = &front.definition;
    let [first, second] = definition.objectives.as_slice() else {
        return None;
    };
    let named_by = &figures.study().named_by;
    let (first_name, rest) = named_by.split_at(named_by.len().min(1));
    let mut series: Vec<(String, Vec<NamedPoint>)> = Vec::new();
    let takes_part = |row: &Row| match &row.evaluation {
        Evaluation::Done { fits, .. } => *fits || figures.study().unfit == Unfit::Included,
        Evaluation::Failed { .. } => false,
    };
    for row in figures
        .rows_where(&definition.filter)
        .filter(|row| takes_part(row))
    {
        let (Some(y), Some(x)) = (figures.at(row, &first.metric), figures.at(row, &second.metric)) else {
            continue;
        };
        let all = settings(figures, row, |_| true);
        let point = NamedPoint {
            point: row.point,
            name: name(&all, first_name),
            at: (x, y),
            joined: true,
        };
        let of_series = name(&all, rest);
        match series.iter_mut().find(|(known, _)| *known == of_series) {
            Some((_, points)) => points.push(point),
            None => series.push((of_series, vec![point])),
        }
    }
    for (_, points) in &mut series {
        let beaten: Vec<bool> = (0..points.len())
            .map(|index| is_beaten(points, index, [second.goal, first.goal]))
            .collect();
        for (point, beaten) in points.iter_mut().zip(beaten) {
            point.joined = !beaten;
        }
        points.sort_by(|a, b| a.at.0.total_cmp(&b.at.0));
    }
    let mut on_front: Vec<(f64, f64)> = front
        .points
        .iter()
        .filter_map(|point| match point.figures.as_slice() {
            [y, x] => Some((*x, *y)),
            _ => None,
        })
        .collect();
    on_front.sort_by(|a, b| a.0.total_cmp(&b.0));
    Some(FrontPanel {
        title: definition.name.clone(),
        objectives: [second.metric.clone(), first.metric.clone()],
        series,
        front: on_front,
    })
}

/// Whether another point of the same name is as good in both objectives and better in one, or the same and before it.
fn is_beaten(points: &[NamedPoint], index: usize, [across, up]: [Goal; 2]) -> bool {
    let merits = |point: &NamedPoint| (across.merit(point.at.0), up.merit(point.at.1));
    let own = merits(&points[index]);
    points.iter().enumerate().any(|(other, point)| {
        let merits = merits(point);
        point.name == points[index].name
            && merits.0 >= own.0
            && merits.1 >= own.1
            && (merits != own || other < index)
    })
}

/// The values of some keys: texts alone, numbers with their key, truth values as their key or the lack of it.
fn name(settings: &Settings, keys: &[String]) -> String {
    let values = keys
        .iter()
        .filter_map(|key| Some((key, settings.get(key)?)))
        .map(|(key, value)| {
            let key = spoken_key(key);
            match value {
                Json::String(text) => text.clone(),
                Json::Bool(true) => key,
                Json::Bool(false) => format!("not {key}"),
                value => format!("{key} {value}"),
            }
        });
    values.collect::<Vec<_>>().join(", ")
}

fn written(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// `Training in theory` as a file is called.
fn file_name(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(json: &str, figure: f64) -> Record {
        (serde_json::from_str(json).expect("an object"), figure)
    }

    fn definition(json: &str) -> PictureDefinition {
        serde_json::from_str(json).expect("a picture")
    }

    #[test]
    fn lines_take_the_best_at_each_place_in_order() {
        let records = [
            record(r#"{"g": 4, "b": "x", "k": 1}"#, 2.0),
            record(r#"{"g": 4, "b": "x", "k": 2}"#, 8.0),
            record(r#"{"g": 1, "b": "x", "k": 2}"#, 4.0),
            record(r#"{"g": 4, "b": "y", "k": 2}"#, 5.0),
        ];
        let definition =
            definition(r#"{"name": "n", "x": "g", "y": "speed", "series": ["b"], "relative": true}"#);
        let Picture::Lines { places, lines, .. } = drawn(&definition, &records) else {
            panic!("lines are asked for");
        };
        assert_eq!(places, ["1", "4"]);
        assert_eq!(
            lines,
            [
                ("x".to_owned(), vec![Some(1.0), Some(2.0)]),
                ("y".to_owned(), vec![None, Some(1.0)])
            ]
        );
    }

    #[test]
    fn what_was_measured_has_places_of_its_own() {
        let records = [record(r#"{"batch": 4}"#, 2.0), record(r#"{"batch": 16}"#, 8.0)];
        let definition = definition(
            r#"{"name": "n", "x": "batch", "y": "speed",
                "measured": [{"name": "chip", "source": "somebody", "points": [[1, 0.5], [16, 7.0]]}]}"#,
        );
        let Picture::Lines {
            places,
            lines,
            measured,
            ..
        } = drawn(&definition, &records)
        else {
            panic!("lines are asked for");
        };
        assert_eq!(places, ["1", "4", "16"]);
        assert_eq!(lines, [(String::new(), vec![None, Some(2.0), Some(8.0)])]);
        assert_eq!(measured, [("chip".to_owned(), vec![Some(0.5), None, Some(7.0)])]);
    }

    #[test]
    fn lines_of_fronts_go_through_the_best_of_each_name() {
        let at = |name: &str, x, y| NamedPoint {
            point: 0,
            name: name.to_owned(),
            at: (x, y),
            joined: true,
        };
        // Two batches of B0 of one accuracy: the faster one is joined. Two points that are the same are one.
        let points = [
            at("B0", 10.0, 76.0),
            at("B0", 30.0, 76.0),
            at("B1", 20.0, 78.0),
            at("B1", 20.0, 78.0),
        ];
        let beaten = |goals| {
            let of = |index| is_beaten(&points, index, goals);
            [of(0), of(1), of(2), of(3)]
        };
        assert_eq!(
            beaten([Goal::Maximise, Goal::Maximise]),
            [true, false, false, true]
        );
        assert_eq!(
            beaten([Goal::Minimise, Goal::Maximise]),
            [false, true, false, true]
        );
    }

    #[test]
    fn heat_maps_have_a_cell_for_each_pair() {
        let records = [
            record(r#"{"g": 1, "d": 4}"#, 2.0),
            record(r#"{"g": 2, "d": 4}"#, 8.0),
            record(r#"{"g": 2, "d": 8}"#, 4.0),
        ];
        let definition = definition(r#"{"name": "n", "x": "g", "y": "d", "value": "speed"}"#);
        let Picture::HeatMap { columns, rows, .. } = drawn(&definition, &records) else {
            panic!("a heat map is asked for");
        };
        assert_eq!(columns, ["1", "2"]);
        assert_eq!(
            rows,
            [
                ("d 4".to_owned(), vec![Some(2.0), Some(8.0)]),
                ("d 8".to_owned(), vec![None, Some(4.0)])
            ]
        );
        assert_eq!(
            file_name("Inference in practice, tested as trained"),
            "inference-in-practice-tested-as-trained"
        );
    }
}
