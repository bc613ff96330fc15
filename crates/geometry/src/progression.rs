//! Indices that rise or fall evenly with a variable, piece by piece: slices, reflections, and whatever else has a short list.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::{Interval, region::join_runs};

/// Values `first`, `first + every`, … of a variable, `count` of them, and the indices `index`, `index + step`, … that go with
/// them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Progression {
    /// The first value of the variable.
    pub first: u64,
    /// Distance of its values, at least 1.
    pub every: u64,
    /// How many values there are, at least 1.
    pub count: u64,
    /// The index at the first value.
    pub index: u64,
    /// What the index rises by from value to value; negative where it falls.
    pub step: i64,
}

impl Progression {
    /// The index at a place among its values.
    const fn index(&self, place: u64) -> u64 {
        (self.index.cast_signed() + place.cast_signed() * self.step).cast_unsigned()
    }

    /// The places among its values that an interval of the variable has.
    fn places(&self, values: Interval) -> Interval {
        let before = |value: u64| {
            value
                .saturating_sub(self.first)
                .div_ceil(self.every)
                .min(self.count)
        };
        Interval::new(before(values.start), before(values.end))
    }

    /// The interval of all indices at some places, at least one.
    const fn hull(&self, places: Interval) -> Interval {
        let (first, last) = (self.index(places.start), self.index(places.end - 1));
        if first < last {
            Interval::new(first, last + 1)
        } else {
            Interval::new(last, first + 1)
        }
    }

    /// Whether the indices at some places are neighbours, or one.
    const fn is_run(&self, places: Interval) -> bool {
        places.len() <= 1 || self.step.unsigned_abs() <= 1
    }
}

/// A dimension that is indexed evenly by one variable, piece by piece.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Progressions {
    /// The variable.
    pub variable: u8,
    /// Which index goes with which value, in the order of the values; a value of none touches nothing.
    pub pieces: Arc<[Progression]>,
}

impl Progressions {
    /// The index that goes with a value of the variable, if there is one.
    pub fn at(&self, value: u64) -> Option<u64> {
        let behind = self.pieces.partition_point(|piece| piece.first <= value);
        let piece = self.pieces[..behind].last()?;
        let places = piece.places(Interval::new(value, value + 1));
        (!places.is_empty()).then(|| piece.index(places.start))
    }

    /// The interval of indices that an interval of the variable touches, where there is one piece of neighbours.
    pub(crate) fn run(&self, values: Interval) -> Option<Interval> {
        let [piece] = &*self.pieces else {
            return None;
        };
        let places = piece.places(values);
        if places.is_empty() {
            return Some(Interval::new(0, 0));
        }
        piece.is_run(places).then(|| piece.hull(places))
    }

    /// The maximal intervals of indices that an interval of the variable touches, in order.
    pub(crate) fn runs(&self, values: Interval) -> SmallVec<[Interval; 4]> {
        let mut runs: SmallVec<[Interval; 4]> = SmallVec::new();
        for piece in &*self.pieces {
            let places = piece.places(values);
            if places.is_empty() {
                continue;
            }
            if piece.is_run(places) {
                runs.push(piece.hull(places));
            } else {
                let single = |place| Interval::new(piece.index(place), piece.index(place) + 1);
                runs.extend((places.start..places.end).map(single));
            }
        }
        join_runs(&mut runs);
        runs
    }

    /// Whether no two values go with the same index, as far as the hulls of the pieces tell.
    pub(crate) fn is_injective(&self) -> bool {
        let mut hulls: SmallVec<[Interval; 4]> = SmallVec::new();
        for piece in &*self.pieces {
            if piece.step == 0 && piece.count > 1 {
                return false;
            }
            hulls.push(piece.hull(Interval::full(piece.count)));
        }
        hulls.sort_unstable();
        hulls.windows(2).all(|pair| pair[0].end <= pair[1].start)
    }
}
