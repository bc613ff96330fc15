//! The border between what misses a goal and what reaches it, along a line of numbered places.

use std::collections::BTreeSet;

/// A line of places, some of them legal; at each something can be tried.
pub trait Line {
    /// Why a try went wrong.
    type Error;

    /// Whether a place can be tried, which is cheap to know.
    fn is_legal(&self, place: u64) -> bool;

    /// Tries a place: how far it is from the goal, at most 1 where it reaches it; infinite where it has no answer.
    ///
    /// # Errors
    /// Where no more is to be tried.
    fn distance(&self, place: u64) -> Result<f64, Self::Error>;
}

/// A place that reaches the goal, beside the last one before it that was tried and misses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Border {
    /// The last that misses; nothing where that is what one comes from.
    pub misses: Option<u64>,
    /// The first that reaches.
    pub reaches: u64,
}

/// Tries that come no nearer, one after the other, before a direction is given up.
const PATIENCE: usize = 8;
/// Places that are looked at for a legal one.
const MOST_LOOKED_AT: u64 = 4096;

/// The border in one direction: `targets` are places further and further from `from`, of which each, or the next legal one behind it
/// (before it, where there is none), is tried until one reaches the goal; between that one and the last that missed halves are tried
/// until no legal place is left. Where `gives_up`, a direction in which `PATIENCE` tries come no nearer is left.
///
/// # Errors
/// Those of the line.
pub fn border<L: Line>(
    line: &L,
    from: u64,
    targets: &[u64],
    gives_up: bool,
) -> Result<Option<Border>, L::Error> {
    let Some(&last) = targets.last() else {
        return Ok(None);
    };
    let (mut missed, mut tried) = (None, BTreeSet::new());
    let (mut nearest, mut worse) = (f64::INFINITY, 0);
    for target in targets {
        let Some(place) = legal_near(line, *target, last).or_else(|| legal_near(line, *target, from)) else {
            continue;
        };
        if place == from || !tried.insert(place) {
            continue;
        }
        let distance = line.distance(place)?;
        if distance <= 1.0 {
            return between(line, from, missed, place).map(Some);
        }
        missed = Some(place);
        worse = if distance < nearest { 0 } else { worse + 1 };
        nearest = nearest.min(distance);
        if gives_up && worse >= PATIENCE {
            return Ok(None);
        }
    }
    Ok(None)
}

/// The border between a place that misses (`from`, or one further away) and one that reaches.
fn between<L: Line>(
    line: &L,
    from: u64,
    mut misses: Option<u64>,
    mut reaches: u64,
) -> Result<Border, L::Error> {
    while let Some(middle) = legal_between(line, misses.unwrap_or(from), reaches) {
        if line.distance(middle)? <= 1.0 {
            reaches = middle;
        } else {
            misses = Some(middle);
        }
    }
    Ok(Border { misses, reaches })
}

/// The first legal place from `target` on towards `end`.
fn legal_near<L: Line>(line: &L, target: u64, end: u64) -> Option<u64> {
    let most = target.abs_diff(end).min(MOST_LOOKED_AT);
    let places = (0..=most).map(|step| {
        if end > target {
            target + step
        } else {
            target - step
        }
    });
    places.into_iter().find(|place| line.is_legal(*place))
}

/// The legal place between two that is nearest to their middle.
fn legal_between<L: Line>(line: &L, one: u64, other: u64) -> Option<u64> {
    let (low, high) = (one.min(other), one.max(other));
    let middle = low.midpoint(high);
    (0..=(high - low).min(MOST_LOOKED_AT))
        .flat_map(|step| [middle.checked_sub(step), middle.checked_add(step)])
        .flatten()
        .filter(|place| low < *place && *place < high)
        .find(|place| line.is_legal(*place))
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, convert::Infallible};

    use proptest::prelude::*;

    use super::*;

    /// Legal are multiples; reached is what lies at or beyond a place.
    struct Steps {
        multiple: u64,
        reached_from: u64,
        tried: RefCell<Vec<u64>>,
    }

    impl Line for Steps {
        type Error = Infallible;

        fn is_legal(&self, place: u64) -> bool {
            place.is_multiple_of(self.multiple)
        }

        fn distance(&self, place: u64) -> Result<f64, Infallible> {
            self.tried.borrow_mut().push(place);
            Ok(self.reached_from as f64 / place as f64)
        }
    }

    fn targets(from: u64, to: u64) -> Vec<u64> {
        let mut targets = vec![from + 1];
        while targets.last().is_some_and(|last| *last < to) {
            targets.push((targets[targets.len() - 1] * 5 / 4 + 1).min(to));
        }
        targets
    }

    proptest! {
        #[test]
        fn one_step_less_misses(from in 1_u64..1000, multiple in 1_u64..40, reached_from in 1_u64..5000) {
            let line = Steps { multiple, reached_from, tried: RefCell::default() };
            let Ok(found) = border(&line, from, &targets(from, 4096), true);
            let legal = |place: &u64| place.is_multiple_of(multiple);
            let expected = (from + 1..=4096).filter(legal).find(|place| *place >= reached_from);
            prop_assert_eq!(found.map(|border| border.reaches), expected);
            if let Some(Border { misses, reaches }) = found {
                // Nothing legal lies between, and what misses was tried.
                prop_assert!((misses.unwrap_or(from) + 1..reaches).all(|place| !legal(&place)));
                prop_assert!(misses.is_none_or(|place| line.tried.borrow().contains(&place)));
            }
        }
    }

    /// The further, the worse.
    struct Away(RefCell<usize>);

    impl Line for Away {
        type Error = Infallible;

        fn is_legal(&self, _: u64) -> bool {
            true
        }

        fn distance(&self, place: u64) -> Result<f64, Infallible> {
            *self.0.borrow_mut() += 1;
            Ok(place as f64)
        }
    }

    #[test]
    fn a_direction_that_leads_away_is_given_up() {
        let line = Away(RefCell::default());
        assert_eq!(border(&line, 10, &(11..1000).collect::<Vec<_>>(), true), Ok(None));
        assert_eq!(*line.0.borrow(), PATIENCE + 1);
        assert_eq!(border(&line, 10, &[], true), Ok(None));
    }
}
