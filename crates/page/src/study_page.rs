//! The page of a study: its data, and its views.

use std::collections::BTreeMap;

use serde::Serialize;
use tilesim_study::{Evaluation, Picture, Points, Row, Study, Summary, Value};

use crate::{answers::answers, quantity::Quantity, shell::Shell};

/// The views in the order in which they run, after what all pages share.
const SCRIPTS: [&str; 9] = [
    include_str!("assets/script/study/points.js"),
    include_str!("assets/script/study/answer.js"),
    include_str!("assets/script/study/gains.js"),
    include_str!("assets/script/study/fronts.js"),
    include_str!("assets/script/study/pictures.js"),
    include_str!("assets/script/study/parallel.js"),
    include_str!("assets/script/study/tables.js"),
    include_str!("assets/script/study/table_of_points.js"),
    include_str!("assets/script/study/main.js"),
];

/// Everything that the page of a study shows.
#[derive(Debug, Clone, Copy)]
pub struct StudyPage<'a> {
    /// The study.
    pub study: &'a Study,
    /// Its points.
    pub points: &'a Points,
    /// A row for each point, in the order of points.
    pub rows: &'a [Row],
    /// What the rows say.
    pub summary: &'a Summary,
    /// Its pictures.
    pub pictures: &'a [Picture],
    /// Version of the simulator.
    pub version: &'a str,
}

/// The data as the scripts read it.
#[derive(Serialize)]
struct Data<'a> {
    version: &'a str,
    subtitle: &'a str,
    answers: Vec<String>,
    summary: &'a Summary,
    pictures: &'a [Picture],
    /// What every key and metric is called.
    quantities: BTreeMap<&'a str, Quantity>,
    points: PointColumns<'a>,
}

/// The points of a study by column.
#[derive(Serialize)]
struct PointColumns<'a> {
    keys: &'a [String],
    values: Vec<Vec<&'a Value>>,
    metrics: &'a [String],
    figures: Vec<Vec<Option<f64>>>,
    /// Whether each fits; nothing where it has no result.
    fits: Vec<Option<bool>>,
    /// Why points have no result, by their number.
    reasons: BTreeMap<u64, &'a str>,
}

/// The page as one HTML file that asks no server for anything.
///
/// # Errors
/// When the data cannot be written as JSON.
pub fn study_html(page: &StudyPage<'_>) -> Result<String, serde_json::Error> {
    let keys = page.points.keys().iter().chain(page.study.fixed.keys());
    let named = keys.chain(&page.study.metrics).map(String::as_str);
    let data = Data {
        version: page.version,
        subtitle: &page.summary.description,
        answers: answers(page.summary),
        summary: page.summary,
        pictures: page.pictures,
        quantities: named.map(|name| (name, Quantity::of(name))).collect(),
        points: columns(page),
    };
    Shell {
        title: &page.summary.study,
        version: page.version,
        scripts: &SCRIPTS,
    }
    .filled_with(&data)
}

fn columns<'a>(page: &StudyPage<'a>) -> PointColumns<'a> {
    let keys = page.points.keys();
    let metrics = &page.study.metrics;
    let figure = |row: &Row, metric: usize| match &row.evaluation {
        Evaluation::Done { metrics, .. } => metrics.get(metric).copied().flatten(),
        Evaluation::Failed { .. } => None,
    };
    PointColumns {
        keys,
        values: (0..keys.len())
            .map(|key| page.rows.iter().filter_map(|row| row.values.get(key)).collect())
            .collect(),
        metrics,
        figures: (0..metrics.len())
            .map(|metric| page.rows.iter().map(|row| figure(row, metric)).collect())
            .collect(),
        fits: page
            .rows
            .iter()
            .map(|row| match row.evaluation {
                Evaluation::Done { fits, .. } => Some(fits),
                Evaluation::Failed { .. } => None,
            })
            .collect(),
        reasons: page
            .rows
            .iter()
            .filter_map(|row| match &row.evaluation {
                Evaluation::Failed { reason } => Some((row.point, reason.as_str())),
                Evaluation::Done { .. } => None,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use tilesim_study::summarise;

    use super::*;

    #[test]
    fn what_a_study_says_is_never_markup() {
        let json = r#"{
            "name": "a <b>", "description": "R&D </script>",
            "axes": [{"key": "model", "values": ["x<script>", "y"]}],
            "metrics": ["time.cycles"],
            "objectives": [{"metric": "time.cycles", "goal": "minimise"}]
        }"#;
        let study = Study::from_json(json, "study.json").expect("a study");
        let points = study.points().expect("points");
        let rows: Vec<Row> = points
            .iter()
            .map(|point| Row {
                point: point.index,
                evaluation: match point.index {
                    0 => Evaluation::Done {
                        fits: true,
                        metrics: vec![Some(7.0)],
                    },
                    _ => Evaluation::Failed {
                        reason: "it's \"broken\"".to_owned(),
                    },
                },
                values: point.values,
            })
            .collect();
        let summary = summarise(&study, &points, &rows);
        let page = StudyPage {
            study: &study,
            points: &points,
            rows: &rows,
            summary: &summary,
            pictures: &[],
            version: "1",
        };
        let held = columns(&page);
        assert_eq!(held.fits, [Some(true), None]);
        assert_eq!(held.figures, [[Some(7.0), None]]);
        assert_eq!(held.reasons[&1], "it's \"broken\"");
        let html = study_html(&page).expect("a page");
        assert!(html.contains("<title>a &lt;b&gt;</title>"));
        // The data is packed: nothing of it can end an element.
        assert!(!html.contains("x<script>") && !html.contains("R&D"));
    }
}
