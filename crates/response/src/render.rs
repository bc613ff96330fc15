//! Answers as text.

use tilesim_report::render::{
    Cell, Column, Palette, Role, Table, section,
    units::{bytes, count, percent, seconds, significant},
    wrapped,
};

use crate::{Curve, NumberSensitivity, Sensitivity, Side};

/// Purchases that are told.
const TOLD: usize = 8;

/// How a run responds to its numbers, as text.
pub fn render(answer: &Sensitivity, palette: &Palette) -> String {
    let base = &answer.base;
    let headline = format!(
        "{} takes {} for an image ({} images/s), {} at the peak of its fullest tile{}, and most of the time for {}",
        name(answer),
        seconds(base.seconds_per_image),
        count(base.images_per_second),
        bytes(base.peak_bytes),
        if base.fits { "" } else { " (does not fit)" },
        spoken(&base.limit),
    );
    let mut text = wrapped(&headline, "", palette.width());
    text += &section(
        &format!(
            "Per cent of change for one per cent (steps of × and ÷ {})",
            significant(answer.step)
        ),
        palette,
    );
    text += &numbers(answer, palette);
    text += &handovers(answer, palette);
    text += &purchases(answer, palette);
    for curve in &answer.curves {
        text += &section(&format!("Along {}", curve.key), palette);
        text += &along(curve, palette);
    }
    let refused = refusals(&answer.numbers);
    if !(answer.not_varied.is_empty() && refused.is_empty()) {
        text += &section("Not run", palette);
        for (what, reason) in answer
            .not_varied
            .iter()
            .map(|number| (number.key.clone(), number.reason.clone()))
            .chain(refused)
        {
            text += &wrapped(&format!("{what}: {reason}"), "• ", palette.width());
        }
    }
    text
}

fn name(answer: &Sensitivity) -> String {
    let subject = &answer.subject;
    let overrides = if subject.overrides.is_empty() {
        String::new()
    } else {
        format!(" ({})", subject.overrides.join(", "))
    };
    format!(
        "{} on {}{overrides}, batch {},",
        subject.model, subject.machine, subject.batch
    )
}

fn numbers(answer: &Sensitivity, palette: &Palette) -> String {
    let is_held = answer.numbers.iter().any(|number| number.held.is_some());
    let mut columns = vec![
        Column::left("number"),
        Column::right("as it is"),
        Column::right("time"),
        Column::right("less\nof it"),
        Column::right("more\nof it"),
        Column::right("memory"),
        Column::right("energy"),
    ];
    if is_held {
        columns.push(Column::right("time, held\nplans"));
    }
    let mut table = Table::new(columns);
    let mut flat = Vec::new();
    for number in &answer.numbers {
        let response = &number.replanned;
        if response.is_flat() && number.held.as_ref().is_none_or(crate::Response::is_flat) {
            flat.push(number.key.as_str());
            continue;
        }
        let mut row: Vec<Cell> = vec![
            number.key.as_str().into(),
            with_unit(number).into(),
            signed(response.time.single()).into(),
            signed(response.time.below).into(),
            signed(response.time.above).into(),
            signed(response.memory.single()).into(),
            signed(response.energy.and_then(|energy| energy.single())).into(),
        ];
        if is_held {
            let held = number.held.as_ref().and_then(|held| held.time.single());
            row.push(signed(held).into());
        }
        table.push(row);
    }
    let mut text = table.render(palette, palette.width());
    if !flat.is_empty() {
        text += &wrapped(&format!("no response: {}", flat.join(", ")), "", palette.width());
    }
    text
}

fn with_unit(number: &NumberSensitivity) -> String {
    let figure = count(number.value);
    if number.unit.is_empty() {
        figure
    } else {
        format!("{figure} {}", number.unit)
    }
}

/// Steps after which another cause limits the run than before.
fn handovers(answer: &Sensitivity, palette: &Palette) -> String {
    let sides = answer
        .numbers
        .iter()
        .flat_map(|number| [&number.replanned.below, &number.replanned.above]);
    let other = |side: &Side| {
        let figures = side.figures.as_ref()?;
        (figures.limit != answer.base.limit)
            .then(|| format!("{} (then it is {})", side.set, spoken(&figures.limit)))
    };
    let others: Vec<String> = sides.filter_map(other).collect();
    if others.is_empty() {
        return String::new();
    }
    wrapped(
        &format!("the limit changes hands with {}", others.join(", ")),
        "",
        palette.width(),
    )
}

fn purchases(answer: &Sensitivity, palette: &Palette) -> String {
    let mut text = section("What to buy next", palette);
    if answer.ranking.is_empty() {
        return text + "no step of a number of the machine saves time\n";
    }
    let mut table = Table::new([
        Column::right("rank"),
        Column::left("step"),
        Column::right("time saved"),
        Column::right("for one per cent"),
        Column::left(""),
    ]);
    for (index, purchase) in answer.ranking.iter().take(TOLD).enumerate() {
        let remark = if purchase.fits { "" } else { "does not fit" };
        table.push([
            (index + 1).to_string().into(),
            purchase.set.as_str().into(),
            Cell::new(&percent(purchase.saved_share), Role::Good),
            format!("{:.2} %", purchase.elasticity.abs()).into(),
            remark.into(),
        ]);
    }
    text += &table.render(palette, palette.width());
    text
}

fn along(curve: &Curve, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::right("value"),
        Column::right("time an image"),
        Column::right("images/s"),
        Column::right("elasticity"),
        Column::right("memory"),
        Column::left("limit"),
    ]);
    for point in &curve.points {
        let value = point.run.set.rsplit('=').next().unwrap_or_default();
        match &point.run.figures {
            Some(figures) => table.push([
                value.into(),
                seconds(figures.seconds_per_image).into(),
                count(figures.images_per_second).into(),
                signed(point.time_elasticity).into(),
                bytes(figures.peak_bytes).into(),
                spoken(&figures.limit).into(),
            ]),
            None => table.push([
                value.into(),
                "–".into(),
                "–".into(),
                "–".into(),
                "–".into(),
                Cell::new(point.run.refused.as_deref().unwrap_or_default(), Role::Faint),
            ]),
        }
    }
    let mut text = table.render(palette, palette.width());
    for handover in &curve.handovers {
        let sentence = format!(
            "between {} and {} the limit goes from {} to {}",
            count(handover.below),
            count(handover.above),
            spoken(&handover.from),
            spoken(&handover.to),
        );
        text += &wrapped(&sentence, "• ", palette.width());
    }
    text
}

/// Sides that could not be run, and why.
fn refusals(numbers: &[NumberSensitivity]) -> Vec<(String, String)> {
    let sides = numbers.iter().flat_map(|number| {
        let held = number
            .held
            .iter()
            .flat_map(|held| [("held ", &held.below), ("held ", &held.above)]);
        let replanned = [("", &number.replanned.below), ("", &number.replanned.above)];
        replanned
            .into_iter()
            .chain(held)
            .map(move |(how, side)| (number, how, side))
    });
    let mut told: Vec<(String, String)> = Vec::new();
    for (number, how, side) in sides {
        let Some(reason) = &side.refused else { continue };
        let what = if side.set.is_empty() {
            &number.key
        } else {
            &side.set
        };
        let line = (format!("{how}{what}"), reason.clone());
        // Both sides of a number of the network are refused alike.
        if told.iter().all(|(_, known)| known != reason) {
            told.push(line);
        }
    }
    told
}

fn spoken(cause: &str) -> String {
    cause.replace('_', " ")
}

/// An elasticity with two digits; a dash where there is none.
fn signed(elasticity: Option<f64>) -> String {
    match elasticity {
        None => "–".to_owned(),
        // What rounds to nothing has no sign.
        Some(slope) if slope.abs() < 0.005 => "0.00".to_owned(),
        Some(slope) => format!("{slope:+.2}").replace('-', "−"),
    }
}
