//! Samples: some points of a grid that is too large to run whole.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

/// `SplitMix64` (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators"): the next number is a function of how many
/// came before.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`: the high half of a product of 128 bits, whose bias is below one in 2^32 for all grids that there are.
    fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_algorithm() {
        // The first of seed 1234567, as Rosetta Code lists them.
        let mut numbers = SplitMix(1_234_567);
        let first = [numbers.next(), numbers.next(), numbers.next()];
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

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
