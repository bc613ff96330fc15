//! The answer for people.

use serde_json::{Map, Value};
use tilesim_page::answers;
use tilesim_report::render::{
    Cell, Column, Palette, Role, Table,
    units::{significant, times},
    wrapped,
};
use tilesim_study::{Effect, Front, Gain, Goal, Objective, Summary, Winner, short_key};

/// Winners, failures and points of the front that are shown; the rest is in the folder.
const SHOWN: usize = 24;

/// The answers first, then winners, effects, the fronts, and what failed.
pub(crate) fn rendered(summary: &Summary, palette: &Palette) -> String {
    let mut parts = vec![
        format!("{}: {}\n", summary.study, summary.description),
        format!(
            "{} points: {} done, {} do not fit, {} without a result\n",
            summary.points, summary.done, summary.does_not_fit, summary.failed
        ),
    ];
    if let Some(part) = &summary.part {
        let which = part
            .shard
            .as_ref()
            .map_or_else(|| "What is done".to_owned(), |shard| format!("Shard {shard}"));
        let text = format!(
            "{which}: {} of {} points. Nothing is compared before all are there: `tilesim sweep merge DIR… --out DIR`",
            summary.points, part.of_points
        );
        parts.push(wrapped(&text, "", palette.width()));
    }
    let answers = answers(summary);
    if !answers.is_empty() {
        parts.push("\n".to_owned());
    }
    parts.extend(
        answers
            .iter()
            .map(|answer| wrapped(answer, "• ", palette.width())),
    );
    if !summary.gains.is_empty() {
        parts.push("\nHow many times better, all else equal\n".to_owned());
        parts.push(gains_table(&summary.gains).render(palette, palette.width()));
    }
    for Objective { metric, goal } in &summary.objectives {
        let winners: Vec<&Winner> = summary
            .winners
            .iter()
            .filter(|winner| winner.metric == *metric)
            .collect();
        if !winners.is_empty() {
            let extreme = match goal {
                Goal::Maximise => "Most",
                Goal::Minimise => "Least",
            };
            parts.push(format!("\n{extreme} {metric}\n"));
            parts.push(winners_table(&winners, &summary.named_by).render(palette, palette.width()));
        }
    }
    if let Some(Effect { metric, .. }) = summary.effects.first() {
        parts.push(format!("\nWhat each setting does to {metric}, all else equal\n"));
        parts.push(effects_table(&summary.effects, &summary.named_by).render(palette, palette.width()));
    }
    for front in summary.fronts.iter().filter(|front| !front.points.is_empty()) {
        let objectives: Vec<&str> = front
            .definition
            .objectives
            .iter()
            .map(|objective| objective.metric.as_str())
            .collect();
        parts.push(format!(
            "\n{}: {} of {} points on the front of {}\n",
            front.definition.name,
            front.points.len(),
            front.candidates,
            objectives.join(" and ")
        ));
        parts.push(front_table(front, &summary.named_by).render(palette, palette.width()));
    }
    for (reason, count) in summary.failures.iter().take(SHOWN) {
        parts.push(wrapped(&format!("{count} × {reason}"), "• ", palette.width()));
    }
    parts.concat()
}

fn winners_table(winners: &[&Winner], named_by: &[String]) -> Table {
    let mut table = Table::new([
        Column::left("among"),
        Column::left("with"),
        Column::right("figure"),
        Column::right("over the first"),
        Column::right("over the next"),
    ]);
    for winner in winners.iter().take(SHOWN) {
        table.push([
            Cell::from(if winner.within.is_empty() {
                "all".to_owned()
            } else {
                settings(&winner.within)
            }),
            Cell::from(name(&winner.settings, named_by)),
            Cell::from(significant(winner.figure)),
            Cell::from(times(winner.over_first)),
            Cell::from(times(winner.over_next)),
        ]);
    }
    table
}

fn effects_table(effects: &[Effect], named_by: &[String]) -> Table {
    let mut table = Table::new([
        Column::left("setting"),
        Column::right("better than the first"),
        Column::right("pairs"),
        Column::right("best of its row"),
    ]);
    for effect in effects {
        let role = match effect.advantage {
            Some(advantage) if advantage < 1.0 => Role::Bad,
            _ => Role::Plain,
        };
        table.push([
            Cell::from(name(&effect.settings, named_by)),
            Cell::new(&times(effect.advantage), role),
            Cell::from(effect.pairs.to_string()),
            Cell::from(effect.wins.to_string()),
        ]);
    }
    table
}

fn front_table(front: &Front, named_by: &[String]) -> Table {
    let objectives = &front.definition.objectives;
    let mut columns = vec![Column::left("point")];
    columns.extend(
        objectives
            .iter()
            .map(|objective| Column::right(short_key(&objective.metric))),
    );
    let mut table = Table::new(columns);
    for point in front.points.iter().take(SHOWN) {
        let mut row = vec![Cell::from(name(&point.settings, named_by))];
        row.extend(
            point
                .figures
                .iter()
                .map(|figure| Cell::from(significant(*figure))),
        );
        table.push(row);
    }
    table
}

fn gains_table(gains: &[Gain]) -> Table {
    let mut table = Table::new([
        Column::left("what"),
        Column::left("figure"),
        Column::right("here"),
        Column::right("source"),
        Column::right("error"),
    ]);
    for gain in gains {
        let role = match gain.gain {
            Some(gain) if gain < 1.0 => Role::Bad,
            _ => Role::Plain,
        };
        table.push([
            Cell::from(if gain.each.is_empty() {
                gain.name.clone()
            } else {
                format!("{}: {}", gain.name, settings(&gain.each))
            }),
            Cell::from(short_key(&gain.metric).to_owned()),
            Cell::new(&times(gain.gain), role),
            Cell::from(times(gain.published)),
            Cell::from(
                gain.error
                    .map_or_else(|| "–".to_owned(), |error| format!("{:+.1} %", 100.0 * error)),
            ),
        ]);
    }
    table
}

/// The settings that name a point; all where none of these are among them.
fn name(of: &Map<String, Value>, named_by: &[String]) -> String {
    let mut naming = of.clone();
    naming.retain(|key, _| named_by.contains(key));
    settings(if naming.is_empty() { of } else { &naming })
}

/// `mk2, batch=4, tile_memory_bytes=80000`: texts speak for themselves, and whose key a number is says the file.
fn settings(settings: &Map<String, Value>) -> String {
    let written = |(key, value): (&String, &Value)| {
        let key = short_key(key);
        match value {
            Value::String(text) => text.clone(),
            value => format!("{key}={value}"),
        }
    };
    settings.iter().map(written).collect::<Vec<_>>().join(", ")
}
