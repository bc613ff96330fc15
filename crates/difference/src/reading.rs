//! What a difference says, in sentences.

use tilesim_report::render::units::{grouped, seconds, significant};

use crate::{Changed, Counterfactual, Difference, NotSimulated};

/// Counterfactuals that are told.
const TOLD: usize = 4;

/// The sentences: the difference, its time where clocks differ, which layers correspond, what was simulated besides.
pub(crate) fn reading(
    difference: &Difference,
    counterfactuals: &[Counterfactual],
    not_simulated: &[NotSimulated],
) -> Vec<String> {
    let mut sentences = vec![headline(difference)];
    sentences.extend(clock(difference));
    sentences.extend(alignment(difference));
    sentences.extend(memory(difference));
    sentences.extend(
        counterfactuals
            .iter()
            .filter(|counterfactual| is_worth_telling(difference, counterfactual))
            .take(TOLD)
            .map(|counterfactual| told(difference, counterfactual)),
    );
    sentences.extend(not_simulated.first().map(|first| match not_simulated.len() {
        1 => format!("Not simulated: {} ({}).", first.what, first.reason),
        many => format!(
            "Not simulated: {} ({}), and {} more.",
            first.what,
            first.reason,
            many - 1
        ),
    }));
    sentences
}

fn headline(difference: &Difference) -> String {
    let (a, b) = (&difference.a, &difference.b);
    let images = match difference.images {
        1 => "one image".to_owned(),
        images => format!("{} images", grouped(images)),
    };
    let work = (a.macs_per_image > 0 && b.macs_per_image > 0 && a.macs_per_image != b.macs_per_image)
        .then(|| b.macs_per_image as f64 / a.macs_per_image as f64)
        .map(|ratio| {
            // Fewer cycles for more work, or more for less, is what one does not expect.
            let though = (difference.difference_cycles < 0) == (ratio > 1.0);
            let with = if though { "though it does" } else { "with" };
            format!(", {with} {}× the multiply-accumulates", significant(ratio))
        })
        .unwrap_or_default();
    let figures = format!(
        "{} → {}{}",
        grouped(a.compared_cycles),
        grouped(b.compared_cycles),
        share(difference.difference_cycles, a.compared_cycles)
    );
    match difference.difference_cycles {
        0 => format!(
            "{} takes as many cycles as {} for {images} ({}){work}.",
            b.label,
            a.label,
            grouped(a.compared_cycles)
        ),
        cycles => format!(
            "{} takes {} cycles {} than {} for {images} ({figures}){work}.",
            b.label,
            grouped(cycles.unsigned_abs()),
            if cycles < 0 { "fewer" } else { "more" },
            a.label,
        ),
    }
}

/// A difference as a share of the first run's cycles, behind a comma.
fn share(difference: i64, of: u64) -> String {
    percent(difference, of).map_or_else(String::new, |text| format!(", {text}"))
}

/// A signed percentage with one decimal; nothing of nothing.
fn percent(difference: i64, of: u64) -> Option<String> {
    (of > 0).then(|| {
        let share = 100.0 * difference as f64 / of as f64;
        format!("{}{:.1} %", if share < 0.0 { "−" } else { "+" }, share.abs())
    })
}

fn clock(difference: &Difference) -> Option<String> {
    let (a, b) = (&difference.a, &difference.b);
    let time = difference.time.filter(|_| a.clock_hz != b.clock_hz)?;
    let signed = |value: f64| format!("{}{}", if value < 0.0 { "−" } else { "+" }, seconds(value.abs()));
    Some(format!(
        "At {} instead of {} GHz an image takes {} instead of {}: {} for the cycles, {} for the clock.",
        significant(b.clock_hz as f64 / 1e9),
        significant(a.clock_hz as f64 / 1e9),
        seconds(time.seconds_b),
        seconds(time.seconds_a),
        signed(time.of_cycles),
        signed(time.of_clock),
    ))
}

fn alignment(difference: &Difference) -> Option<String> {
    let alignment = &difference.alignment;
    let pairs = alignment.same + alignment.changed;
    let alone = |layers: &[String], run: &str| {
        (!layers.is_empty()).then(|| format!("{} are only in {run}", grouped(layers.len() as u64)))
    };
    let mut parts = Vec::new();
    if alignment.changed > 0 {
        parts.push(format!(
            "{} of {} pairs of layers do other work or are planned otherwise",
            grouped(alignment.changed),
            grouped(pairs)
        ));
    }
    parts.extend(alone(&alignment.removed, "the first"));
    parts.extend(alone(&alignment.inserted, "the second"));
    (!parts.is_empty()).then(|| format!("{}.", capitalised(&parts.join("; "))))
}

fn memory(difference: &Difference) -> Option<String> {
    let unfit: Vec<&str> = [&difference.a, &difference.b]
        .into_iter()
        .filter(|side| !side.fits)
        .map(|side| side.label.as_str())
        .collect();
    (!unfit.is_empty()).then(|| format!("Does not fit the tiles' memory: {}.", unfit.join(", ")))
}

/// The part of a difference that a counterfactual has to change for it to be told.
const WORTH_TELLING: f64 = 0.05;

/// Whether a counterfactual changes the difference of an image by a part that counts.
fn is_worth_telling(difference: &Difference, counterfactual: &Counterfactual) -> bool {
    let whole = difference.difference_cycles as f64 / difference.images as f64;
    let left = counterfactual.difference_cycles as f64 / counterfactual.images as f64;
    (whole - left).abs() > WORTH_TELLING * whole.abs()
}

fn told(difference: &Difference, counterfactual: &Counterfactual) -> String {
    let what = capitalised(&counterfactual.what);
    let (whole, left) = (difference.difference_cycles, counterfactual.difference_cycles);
    if counterfactual.changed == Changed::Both || counterfactual.images != difference.images {
        let times = counterfactual.images / difference.a.images.max(1);
        let compared_a = counterfactual.cycles_a.saturating_mul(times);
        let texts = percent(whole, difference.a.compared_cycles).zip(percent(left, compared_a));
        return texts.map_or_else(
            || format!("{what}: {} cycles of difference.", signed(left)),
            |(before, after)| format!("{what} the difference is {after} instead of {before}."),
        );
    }
    let gone = whole.saturating_sub(left);
    match (whole.signum(), left.signum()) {
        (_, 0) => format!("{what} all of the difference is gone."),
        (0, _) => format!("{what} there is a difference of {} cycles.", signed(left)),
        (before, after) if before != after => {
            format!("{what} the difference turns into {} cycles.", signed(left))
        }
        _ if left.unsigned_abs() < whole.unsigned_abs() => format!(
            "{what} {} of the {} cycles are gone.",
            grouped(gone.unsigned_abs()),
            grouped(whole.unsigned_abs())
        ),
        _ => format!(
            "{what} the difference grows by {} to {} cycles.",
            grouped(gone.unsigned_abs()),
            signed(left)
        ),
    }
}

/// A number with its sign.
pub(crate) fn signed(value: i64) -> String {
    let sign = match value.signum() {
        -1 => "−",
        0 => "",
        _ => "+",
    };
    format!("{sign}{}", grouped(value.unsigned_abs()))
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
