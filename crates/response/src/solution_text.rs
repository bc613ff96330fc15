//! Solutions in sentences, and as text.

use tilesim_report::render::{
    Cell, Column, Palette, Role, Table, section,
    units::{bytes, count, grouped, significant},
    wrapped,
};

use crate::{Outcome, Solution, Try};

/// What a solution says.
pub(crate) fn reading(solution: &Solution) -> Vec<String> {
    let goal = asked(solution);
    let model = &solution.subject.model;
    let base = state(solution, &solution.base);
    let mut sentences = vec![match (solution.outcome, &solution.answer) {
        (Outcome::Already, _) => format!("{model} reaches {goal} as it is: {base}."),
        (Outcome::Reached, Some(answer)) if solution.base.reaches => format!(
            "{model} keeps to {goal} until {} ({}× what it is): {}.",
            answer.set.join(", "),
            significant(answer.factor),
            state(solution, answer),
        ),
        (Outcome::Reached, Some(answer)) => format!(
            "{model} reaches {goal} with {} ({}× what it is): {} instead of {base}.",
            answer.set.join(", "),
            significant(answer.factor),
            state(solution, answer),
        ),
        (Outcome::UpToLimit, Some(answer)) => format!(
            "{model} keeps to {goal} up to the limit of what was tried, {}: {}.",
            answer.set.join(", "),
            state(solution, answer)
        ),
        _ => {
            let keys: Vec<&str> = solution.vary.iter().map(|varied| varied.key.as_str()).collect();
            format!(
                "{goal} cannot be reached with {}: none of {} values from {} to {} does.",
                keys.join(" and "),
                solution.tried.len(),
                solution.tried.first().map_or_else(String::new, value),
                solution.tried.last().map_or_else(String::new, value),
            )
        }
    }];
    if let Some(neighbour) = &solution.neighbour {
        sentences.push(format!(
            "The next legal value, {}, misses: {}.",
            neighbour.set.join(", "),
            missed(neighbour)
        ));
    }
    if let Some(nearest) = &solution.nearest {
        sentences.push(format!(
            "Nearest comes {}: {}.",
            nearest.set.join(", "),
            missed(nearest)
        ));
    }
    if let Some(bound) = &solution.bound {
        sentences.push(format!(
            "Of its {} cycles {} do not depend on what varies: alone they allow {} images/s{}, and {} live through the whole run.",
            grouped(bound.cycles),
            grouped(bound.independent_cycles),
            count(bound.images_per_second),
            if bound.forbids { ", which forbids the goal" } else { ", which would do" },
            bytes(bound.always_live_bytes),
        ));
    }
    if solution.tried.len() > 2 {
        sentences.push(if solution.monotone {
            format!("The figure only rises, or only falls, over the {} values that were tried.", solution.tried.len())
        } else {
            format!(
                "The figure is not monotone over the {} values that were tried: one between them, which was not, may do.",
                solution.tried.len()
            )
        });
    }
    sentences
}

/// What was asked for: that it fits goes without saying.
fn asked(solution: &Solution) -> String {
    let goals = solution.goals.iter().enumerate();
    let told = goals.filter(|(index, goal)| *index == 0 || goal.asked != "fits");
    let goals: Vec<&str> = told.map(|(_, goal)| goal.asked.as_str()).collect();
    format!("`{}`", goals.join("` and `"))
}

fn value(tried: &Try) -> String {
    tried.set.first().map_or_else(String::new, |set| {
        set.rsplit('=').next().unwrap_or_default().to_owned()
    })
}

/// The figure of the goal, named.
fn state(solution: &Solution, tried: &Try) -> String {
    let claim = solution.goals.first().map_or("", |goal| goal.claim.as_str());
    let end = claim.find(['<', '>', '=', '!']).unwrap_or(claim.len());
    let name = claim[..end].trim().rsplit('.').next().unwrap_or_default();
    match (tried.figure, &tried.figures) {
        // A truth value says less than the memory that it is about.
        (Some(_), Some(figures)) if end == claim.len() => {
            format!("{} at the peak of the fullest tile", bytes(figures.peak_bytes))
        }
        (Some(figure), _) => format!("{name} {}", exact(figure)),
        (None, _) => "no result".to_owned(),
    }
}

fn missed(tried: &Try) -> String {
    match &tried.refused {
        Some(reason) => reason.clone(),
        None => tried.missed.join(", "),
    }
}

/// Enough digits to tell a figure from a goal.
fn exact(figure: f64) -> String {
    if figure >= 1000.0 {
        grouped(figure.round() as u64)
    } else {
        significant(figure)
    }
}

/// A solution as text.
pub fn render_solution(solution: &Solution, palette: &Palette) -> String {
    let (headline, rest) = solution
        .reading
        .split_first()
        .map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let mut text = wrapped(headline, "", palette.width());
    for sentence in rest {
        text += &wrapped(sentence, "• ", palette.width());
    }
    if solution.tried.len() > 1 {
        text += &section("What was tried", palette);
        let mut table = Table::new([
            Column::right("value"),
            Column::right("times"),
            Column::right("images/s"),
            Column::right("memory"),
            Column::left("goal"),
        ]);
        for tried in &solution.tried {
            let (speed, memory) = match &tried.figures {
                Some(figures) => (count(figures.images_per_second), bytes(figures.peak_bytes)),
                None => ("–".to_owned(), "–".to_owned()),
            };
            let goal = if tried.reaches {
                Cell::new("reached", Role::Good)
            } else {
                Cell::new(&missed(tried), Role::Plain)
            };
            table.push([
                value(tried).into(),
                significant(tried.factor).into(),
                speed.into(),
                memory.into(),
                goal,
            ]);
        }
        text += &table.render(palette, palette.width());
    }
    text
}
