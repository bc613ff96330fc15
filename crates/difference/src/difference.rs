//! The difference of two runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Account, DifferenceError, Node, SettingDifference, align_parts, decision::of_pair, sequence::Aligned,
    tree::tree,
};

/// The difference of two runs, the second less the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// The first run.
    pub a: Side,
    /// The second run.
    pub b: Side,
    /// Images for which cycles are compared: the fewest that batches of both runs make up.
    pub images: u64,
    /// Cycles that the second run takes more for these images; negative where it takes fewer.
    pub difference_cycles: i64,
    /// The same as time; null where a clock stands still.
    pub time: Option<TimeDifference>,
    /// What was set differently, as far as it is known.
    pub settings: Vec<SettingDifference>,
    /// Which layers correspond.
    pub alignment: Alignment,
    /// The difference by cause, kind of layer, layer and decision; sums to `difference_cycles`.
    pub tree: Vec<Node>,
}

/// One of two runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Side {
    /// A name that tells it from the other.
    pub label: String,
    /// Tile clock cycles of the run: one batch, or one weight update.
    pub cycles: u64,
    /// Images of the run.
    pub images: u64,
    /// Cycles for the images that are compared.
    pub compared_cycles: u64,
    /// Tile clock in hertz.
    pub clock_hz: u64,
    /// Whether the fullest tile's memory holds it.
    pub fits: bool,
    /// Useful multiply-accumulates of one image in theory.
    pub macs_per_image: u64,
}

/// The difference of two runs as time, for one image.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimeDifference {
    /// Seconds of the first run.
    pub seconds_a: f64,
    /// Seconds of the second run.
    pub seconds_b: f64,
    /// Of the difference: what the difference of the cycles takes at the first run's clock.
    pub of_cycles: f64,
    /// Of the difference: what the other clock makes of the second run's cycles; both parts sum to the difference.
    pub of_clock: f64,
}

/// Which layers of two runs correspond.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alignment {
    /// Pairs of which results record the same.
    pub same: u64,
    /// Pairs of which results record another plan, work or stage.
    pub changed: u64,
    /// Layers of the second run without a counterpart.
    pub inserted: Vec<String>,
    /// Layers of the first run without a counterpart.
    pub removed: Vec<String>,
}

/// Takes the difference of two runs apart. `settings` are what was set differently.
///
/// # Errors
/// Where one of both is a run of no images, figures are larger than can be counted, or there are too many layers to align.
pub fn difference(
    a: &Account,
    b: &Account,
    settings: Vec<SettingDifference>,
) -> Result<Difference, DifferenceError> {
    sound(a)?;
    sound(b)?;
    let images = common_images(a, b)?;
    let (times_a, times_b) = (images / a.images, images / b.images);
    let places = align_parts(&a.parts, &b.parts)?;
    let (side_a, side_b) = (side(a, times_a, images)?, side(b, times_b, images)?);
    let tree = tree((a, times_a), (b, times_b), &places, &settings, images)?;
    let sum: i128 = tree.iter().map(|cause| i128::from(cause.cycles)).sum();
    Ok(Difference {
        images,
        difference_cycles: i64::try_from(sum).map_err(|_| DifferenceError::TooLarge {
            cycles: sum,
            images,
            most: i64::MAX,
        })?,
        time: time(a, b),
        settings,
        alignment: alignment(a, b, &places),
        tree,
        a: side_a,
        b: side_b,
    })
}

/// The fewest images that batches of both runs make up, and how many cycles more the second takes for them.
///
/// # Errors
/// As [`difference`].
pub fn compared(a: &Account, b: &Account) -> Result<(u64, i64), DifferenceError> {
    let images = common_images(a, b)?;
    let cycles = |account: &Account| i128::from(account.cycles) * i128::from(images / account.images);
    let more = cycles(b) - cycles(a);
    let more = i64::try_from(more).map_err(|_| DifferenceError::TooLarge {
        cycles: more,
        images,
        most: i64::MAX,
    })?;
    Ok((images, more))
}

/// Files may hold anything: causes have to sum to the cycles, or no parts of them do.
fn sound(account: &Account) -> Result<(), DifferenceError> {
    let cycles = i128::from(account.cycles);
    let causes = account.by_cause();
    if causes == cycles {
        return Ok(());
    }
    Err(DifferenceError::Unsound {
        label: account.label.clone(),
        causes,
        cycles: account.cycles,
    })
}

/// The fewest images that batches of both make up.
fn common_images(a: &Account, b: &Account) -> Result<u64, DifferenceError> {
    for account in [a, b] {
        if account.images == 0 {
            return Err(DifferenceError::NoImages {
                label: account.label.clone(),
            });
        }
    }
    let common = (a.images / greatest_divisor(a.images, b.images)).checked_mul(b.images);
    common.ok_or(DifferenceError::Images {
        a: a.images,
        b: b.images,
    })
}

/// The greatest common divisor, after Euclid.
fn greatest_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_divisor(b, a % b) }
}

fn side(account: &Account, times: u64, images: u64) -> Result<Side, DifferenceError> {
    let compared = i128::from(account.cycles) * i128::from(times);
    Ok(Side {
        label: account.label.clone(),
        cycles: account.cycles,
        images: account.images,
        // Differences are signed: half of what cycles may be otherwise.
        compared_cycles: i64::try_from(compared).map(i64::unsigned_abs).map_err(|_| {
            DifferenceError::TooLarge {
                cycles: compared,
                images,
                most: i64::MAX,
            }
        })?,
        clock_hz: account.clock_hz,
        fits: account.fits,
        macs_per_image: account.macs_per_image,
    })
}

fn time(a: &Account, b: &Account) -> Option<TimeDifference> {
    if a.clock_hz == 0 || b.clock_hz == 0 {
        return None;
    }
    let cycles = |account: &Account| account.cycles as f64 / account.images as f64;
    let seconds = |cycles: f64, clock: &Account| cycles / clock.clock_hz as f64;
    let (seconds_a, seconds_b) = (seconds(cycles(a), a), seconds(cycles(b), b));
    let at_first_clock = seconds(cycles(b), a);
    Some(TimeDifference {
        seconds_a,
        seconds_b,
        of_cycles: at_first_clock - seconds_a,
        of_clock: seconds_b - at_first_clock,
    })
}

fn alignment(a: &Account, b: &Account, places: &[Aligned]) -> Alignment {
    let mut alignment = Alignment {
        same: 0,
        changed: 0,
        inserted: Vec::new(),
        removed: Vec::new(),
    };
    for place in places {
        match *place {
            Aligned::Both(i, j) if of_pair(&a.parts[i], &b.parts[j], None).is_empty() => alignment.same += 1,
            Aligned::Both(..) => alignment.changed += 1,
            Aligned::OnlyA(i) => alignment.removed.push(a.parts[i].name.clone()),
            Aligned::OnlyB(j) => alignment.inserted.push(b.parts[j].name.clone()),
        }
    }
    alignment
}
