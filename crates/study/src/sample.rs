//! Samples: some points of a grid that is too large to run whole.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::split_mix::SplitMix;

/// Points that are drawn of all combinations at which the conditions hold, each as likely as any other, none twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// How many; all where there are no more.
    #[schemars(range(min = 1))]
    pub points: u64,
    /// Where the draw begins: the same seed draws the same points, on every machine.
    #[serde(default)]
    pub seed: u64,
}

/// Places that are tried for each that is drawn, before conditions count as held by too few.
const TRIES: u64 = 1000;

impl Sample {
    /// Places of a grid of so many, ascending, of those that are `wanted`; nothing where conditions leave out too many to draw from.
    pub(crate) fn places(self, grid: u64, wanted: impl Fn(u64) -> bool) -> Option<Vec<u64>> {
        if grid <= self.points {
            return Some((0..grid).filter(|place| wanted(*place)).collect());
        }
        let mut numbers = SplitMix(self.seed);
        let mut places = BTreeSet::new();
        for _ in 0..self.points.saturating_mul(TRIES) {
            if places.len() as u64 == self.points {
                return Some(places.into_iter().collect());
            }
            let place = numbers.below(grid);
            if wanted(place) {
                places.insert(place);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_drawn_once_and_alike() {
        let sample = Sample { points: 500, seed: 3 };
        let odd = |place: u64| place % 2 == 1;
        let places = sample.places(1 << 40, odd).expect("enough");
        assert_eq!(places.len(), 500);
        assert!(places.is_sorted() && places.iter().all(|place| odd(*place) && *place < 1 << 40));
        assert_eq!(sample.places(1 << 40, odd), Some(places.clone()));
        assert_ne!(Sample { seed: 4, ..sample }.places(1 << 40, odd), Some(places));
    }

    #[test]
    fn a_small_grid_is_taken_whole() {
        let sample = Sample { points: 10, seed: 0 };
        assert_eq!(sample.places(4, |place| place != 2), Some(vec![0, 1, 3]));
    }

    #[test]
    fn conditions_that_leave_too_few_end_the_draw() {
        assert_eq!(
            Sample { points: 10, seed: 0 }.places(100, |place| place < 9),
            None
        );
    }
}
