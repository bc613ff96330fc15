//! Parallel coordinates: every point a line over all that varies and all that is measured.

use serde::Serialize;

use crate::{Figures, Row, Value};

/// Most points that are drawn; of more, evenly spread ones.
const MOST_LINES: usize = 1500;

/// What stands beside each other, and the points as lines over it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parallel {
    /// From left to right: keys that vary, then metrics.
    pub axes: Vec<ParallelAxis>,
    /// For each point its height on every axis, from 0 to 1; nothing where it has no figure.
    pub lines: Vec<Vec<Option<f64>>>,
}

/// One axis.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParallelAxis {
    /// Key or metric.
    pub name: String,
    /// What is written at which height.
    pub marks: Vec<(String, f64)>,
}

/// The parallel coordinates of a study; nothing where not two axes or no points are to be drawn.
pub(crate) fn parallel(figures: &Figures<'_>) -> Option<Parallel> {
    let points = figures.points();
    let metrics = &figures.study().metrics;
    let taking_part: Vec<&Row> = figures
        .rows()
        .iter()
        .filter(|row| metrics.iter().any(|metric| figures.at(row, metric).is_some()))
        .collect();
    let stride = taking_part.len().div_ceil(MOST_LINES).max(1);
    let rows: Vec<&Row> = taking_part.into_iter().step_by(stride).collect();
    let mut axes = Vec::new();
    let mut columns: Vec<Vec<Option<f64>>> = Vec::new();
    for (index, key) in points.keys().iter().enumerate() {
        let values = distinct(points.values_of(index));
        if values.len() < 2 {
            continue;
        }
        let height = |place: usize| place as f64 / (values.len() - 1) as f64;
        axes.push(ParallelAxis {
            name: key.clone(),
            marks: (0..values.len())
                .map(|place| (values[place].to_string(), height(place)))
                .collect(),
        });
        let of_row = |row: &&Row| {
            values
                .iter()
                .position(|value| **value == row.values[index])
                .map(height)
        };
        columns.push(rows.iter().map(of_row).collect());
    }
    for metric in metrics {
        let of_rows: Vec<Option<f64>> = rows.iter().map(|row| figures.at(row, metric)).collect();
        let known = of_rows.iter().copied().flatten();
        let (least, most) = known.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), figure| {
            (least.min(figure), most.max(figure))
        });
        if least >= most {
            continue;
        }
        axes.push(ParallelAxis {
            name: metric.clone(),
            marks: [0.0, 0.5, 1.0]
                .map(|height| (prefixed(least + height * (most - least)), height))
                .into(),
        });
        let height = |figure: Option<f64>| figure.map(|figure| (figure - least) / (most - least));
        columns.push(of_rows.into_iter().map(height).collect());
    }
    if axes.len() < 2 || rows.is_empty() {
        return None;
    }
    let lines = (0..rows.len()).map(|row| columns.iter().map(|column| column[row]).collect());
    Some(Parallel {
        axes,
        lines: lines.collect(),
    })
}

/// Values that differ: numbers by size, others in the order of the study.
fn distinct(values: Vec<&Value>) -> Vec<&Value> {
    let mut distinct: Vec<&Value> = Vec::new();
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    if distinct.iter().all(|value| value.number().is_some()) {
        distinct.sort_by(|a, b| a.compare(b));
    }
    distinct
}

/// A figure of three digits with the prefix of its thousands.
fn prefixed(figure: f64) -> String {
    const PREFIXES: [&str; 5] = ["", " k", " M", " G", " T"];
    let mut figure = figure;
    let mut prefix = 0;
    while figure.abs() >= 1000.0 && prefix + 1 < PREFIXES.len() {
        figure /= 1000.0;
        prefix += 1;
    }
    let digits = if figure.abs() < 10.0 {
        2
    } else {
        usize::from(figure.abs() < 100.0)
    };
    format!("{figure:.digits$}{}", PREFIXES[prefix])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Evaluation, Study};

    #[test]
    fn every_point_is_a_line_over_what_varies_and_what_is_measured() {
        let json = r#"{
            "name": "x",
            "fixed": {"model": "m"},
            "axes": [{"key": "batch", "values": [8, 1, 2]}, {"key": "one", "values": [1]}],
            "metrics": ["speed", "same"],
            "objectives": []
        }"#;
        let study = Study::from_json(json, "study.json").expect("a study");
        let points = study.points().expect("points");
        let rows: Vec<Row> = points
            .iter()
            .map(|point| Row {
                point: point.index,
                evaluation: Evaluation::Done {
                    fits: point.index != 2,
                    metrics: vec![Some(1000.0 * point.index as f64), Some(3.0)],
                },
                values: point.values,
            })
            .collect();
        let drawn = parallel(&Figures::new(&study, &points, &rows)).expect("axes");
        let names: Vec<&str> = drawn.axes.iter().map(|axis| axis.name.as_str()).collect();
        assert_eq!(names, ["batch", "speed"]);
        assert_eq!(
            drawn.axes[0].marks,
            [
                ("1".to_owned(), 0.0),
                ("2".to_owned(), 0.5),
                ("8".to_owned(), 1.0)
            ]
        );
        assert_eq!(drawn.axes[1].marks[2], ("1.00 k".to_owned(), 1.0));
        // The last one does not fit.
        assert_eq!(
            drawn.lines,
            [vec![Some(1.0), Some(0.0)], vec![Some(0.0), Some(1.0)]]
        );
    }
}
