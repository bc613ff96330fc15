//! The report of a study: one HTML file with its tables and pictures, which needs no script and no server.

use std::fmt::Write;

use tilesim_report::render::units::{significant, times};
use tilesim_study::{Effect, Front, Gain, Goal, Settings, Summary, Winner};

/// Rows of a table that are shown; all are in the summary as JSON.
const SHOWN: usize = 200;

const STYLE: &str = "\
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 1100px; padding: 1rem 1.25rem 2rem; font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.45rem; margin: 0; } h2 { font-size: 1.15rem; margin: 1.4rem 0 .3rem; }
p { max-width: 95ch; } figure { margin: .6rem 0; background: #fff; } figure svg { width: 100%; height: auto; }
table { border-collapse: collapse; font-size: .88rem; } th, td { padding: .15rem .8rem .15rem 0; text-align: right; }
th:first-child, td:first-child { text-align: left; } thead { border-bottom: 1px solid #8888; } .scroll { overflow-x: auto; }
figcaption, .note { color: #777; font-size: .88rem; }";

/// A picture of a study as SVG.
#[derive(Debug, Clone, Copy)]
pub struct StudyPicture<'a> {
    /// Name of its file.
    pub name: &'a str,
    /// The file.
    pub svg: &'a str,
}

/// The report of a study.
pub fn study_html(summary: &Summary, pictures: &[StudyPicture<'_>], version: &str) -> String {
    let mut sections = vec![
        format!(
            "<h1>{}</h1>\n<p>{}</p>\n",
            escaped(&summary.study),
            escaped(&summary.description)
        ),
        format!(
            "<p class=\"note\">{} points: {} done, {} do not fit, {} without a result. Every figure is in summary.json, every point in \
             results.parquet.</p>\n",
            summary.points, summary.done, summary.does_not_fit, summary.failed
        ),
    ];
    sections.push(section(
        "How many times better, all else equal",
        &gains(&summary.gains),
    ));
    sections.extend(pictures.iter().map(figure));
    for front in &summary.fronts {
        let heading = format!("Front: {}", front.definition.name);
        sections.push(section(&heading, &front_table(front, &summary.named_by)));
    }
    sections.push(section(
        "What wins",
        &winners(&summary.winners, &summary.named_by),
    ));
    sections.push(section(
        "What each setting does, all else equal",
        &effects(&summary.effects),
    ));
    let failures = summary.failures.iter();
    let failures = failures.map(|(reason, count)| vec![reason.clone(), count.to_string()]);
    sections.push(section(
        "What has no result, and why",
        &table(&["reason", "points"], &failures.collect::<Vec<_>>()),
    ));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"generator\" content=\"tilesim {}\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
        escaped(version),
        escaped(&summary.study),
        sections.concat()
    )
}

fn figure(picture: &StudyPicture<'_>) -> String {
    // What stands before the element belongs to a file of its own.
    let svg = picture
        .svg
        .find("<svg")
        .map_or(picture.svg, |start| &picture.svg[start..]);
    format!(
        "<figure>{svg}<figcaption>{}.svg</figcaption></figure>\n",
        escaped(picture.name)
    )
}

/// A heading with a table; nothing where that has no rows.
fn section(heading: &str, table: &str) -> String {
    if table.is_empty() {
        String::new()
    } else {
        format!(
            "<h2>{}</h2>\n<div class=\"scroll\">{table}</div>\n",
            escaped(heading)
        )
    }
}

fn table(columns: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let cells = |row: &[String], tag: &str| -> String {
        let cell = |text: &String| format!("<{tag}>{}</{tag}>", escaped(text));
        row.iter().map(cell).collect::<Vec<_>>().concat()
    };
    let heads: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
    let mut text = format!("<table><thead><tr>{}</tr></thead>\n", cells(&heads, "th"));
    for row in rows.iter().take(SHOWN) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "<tr>{}</tr>", cells(row, "td"));
    }
    text.push_str("</table>");
    text
}

fn gains(gains: &[Gain]) -> String {
    let rows = gains.iter().map(|gain| {
        let name = if gain.each.is_empty() {
            gain.name.clone()
        } else {
            format!("{}: {}", gain.name, settings(&gain.each))
        };
        let error = gain
            .error
            .map_or_else(String::new, |error| format!("{:+.1} %", 100.0 * error));
        let known = |gain: Option<f64>| gain.map_or_else(String::new, |gain| times(Some(gain)));
        vec![
            name,
            gain.metric.clone(),
            known(gain.gain),
            known(gain.published),
            error,
        ]
    });
    table(
        &["what", "figure", "here", "source", "error"],
        &rows.collect::<Vec<_>>(),
    )
}

fn front_table(front: &Front, named_by: &[String]) -> String {
    let objectives = front.definition.objectives.iter();
    let mut columns = vec!["point"];
    columns.extend(objectives.map(|objective| objective.metric.as_str()));
    let rows = front.points.iter().map(|point| {
        let figures = point.figures.iter().map(|figure| significant(*figure));
        std::iter::once(name(&point.settings, named_by))
            .chain(figures)
            .collect()
    });
    table(&columns, &rows.collect::<Vec<_>>())
}

fn winners(winners: &[Winner], named_by: &[String]) -> String {
    let rows = winners.iter().map(|winner| {
        let goal = match winner.goal {
            Goal::Maximise => "most",
            Goal::Minimise => "least",
        };
        vec![
            settings(&winner.within),
            format!("{goal} {}", winner.metric),
            name(&winner.settings, named_by),
            significant(winner.figure),
            times(winner.over_first),
            times(winner.over_next),
        ]
    });
    table(
        &[
            "among",
            "best at",
            "with",
            "figure",
            "over the first",
            "over the next",
        ],
        &rows.collect::<Vec<_>>(),
    )
}

fn effects(effects: &[Effect]) -> String {
    let rows = effects.iter().map(|effect| {
        vec![
            settings(&effect.settings),
            effect.metric.clone(),
            times(effect.advantage),
            effect.pairs.to_string(),
            effect.wins.to_string(),
        ]
    });
    table(
        &[
            "setting",
            "figure",
            "better than the first",
            "pairs",
            "best of its row",
        ],
        &rows.collect::<Vec<_>>(),
    )
}

/// The settings that name a point; all where none of these are among them.
fn name(of: &Settings, named_by: &[String]) -> String {
    let mut naming = of.clone();
    naming.retain(|key, _| named_by.contains(key));
    settings(if naming.is_empty() { of } else { &naming })
}

fn settings(settings: &Settings) -> String {
    let written = settings.iter().map(|(key, value)| match value.as_str() {
        Some(text) => format!("{key}={text}"),
        None => format!("{key}={value}"),
    });
    written.collect::<Vec<_>>().join(", ")
}

/// Text as HTML shows it literally.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use tilesim_study::{Evaluation, Row, Study, summarise};

    use super::*;

    #[test]
    fn what_a_study_says_is_shown_and_nothing_is_markup() {
        let json = r#"{
            "name": "a <b>", "description": "R&D",
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
        let picture = StudyPicture {
            name: "speed",
            svg: "<?xml version=\"1.0\"?>\n<svg width=\"1\"></svg>",
        };
        let html = study_html(&summarise(&study, &points, &rows), &[picture], "1");
        for expected in [
            "a &lt;b&gt;",
            "R&amp;D",
            "model=x&lt;script&gt;",
            "it&#39;s &quot;broken&quot;",
            "<figure><svg width=\"1\"></svg><figcaption>speed.svg</figcaption></figure>",
            "1 done",
        ] {
            assert!(html.contains(expected), "{expected} is not in\n{html}");
        }
        assert!(!html.contains("<script") && !html.contains("<?xml"));
    }
}
