//! The values of the number that varies first, as numbered places: multiples of a step.

use tilesim_response::Number;

use super::varied::Side;
use crate::Error;

/// Multiples of a step around a number.
pub(super) struct Places {
    base: Number,
    step: Step,
    limit: f64,
}

enum Step {
    Whole(u64),
    Decimal(f64),
}

/// Tries for each doubling, before halves are tried.
const TRIES_PER_DOUBLING: i32 = 4;

impl Places {
    /// The multiples of `multiple` up to `limit` times `base` and down to its part.
    pub(super) fn new(base: Number, multiple: Option<f64>, limit: f64) -> Result<Self, Error> {
        let step = match (base, multiple) {
            (Number::Whole(_), None) => Some(Step::Whole(1)),
            (Number::Whole(_), Some(multiple)) => {
                let is_whole = (1.0..=1e15).contains(&multiple) && multiple.fract() == 0.0;
                is_whole.then_some(Step::Whole(multiple as u64))
            }
            // Two digits behind the first one.
            (Number::Decimal(base), None) => Some(Step::Decimal(10_f64.powf(base.log10().floor() - 2.0))),
            (Number::Decimal(base), Some(multiple)) => {
                (multiple > base / 1e9 && multiple.is_finite()).then_some(Step::Decimal(multiple))
            }
        };
        let step = step.ok_or_else(|| {
            Error::argument(
                "multiple",
                format!("is {}", multiple.unwrap_or_default()),
                "a number above 0, a whole one where what varies is one",
            )
        })?;
        Ok(Self { base, step, limit })
    }

    /// The number at a place.
    pub(super) fn number(&self, place: u64) -> Number {
        match self.step {
            Step::Whole(step) => Number::Whole(step.saturating_mul(place)),
            Step::Decimal(step) => {
                let value = step * place as f64;
                // Without what rounding leaves: 3 × 0.1 is 0.3.
                Number::Decimal(format!("{value:.12}").parse().unwrap_or(value))
            }
        }
    }

    /// Times that the number at a place is what it was.
    pub(super) fn factor(&self, place: u64) -> f64 {
        self.number(place).value() / self.base.value()
    }

    /// The place nearest to the number as it is from which a side begins, and places further and further along it.
    pub(super) fn line(&self, side: Side) -> (u64, Vec<u64>) {
        let step = match self.step {
            Step::Whole(step) => step as f64,
            Step::Decimal(step) => step,
        };
        // Decimals are on a place where rounding alone keeps them from it.
        let places = |value: f64| (value / step * 1e6).round() / 1e6;
        let base = self.base.value();
        let doublings = self.limit.log2();
        let tries = (doublings * f64::from(TRIES_PER_DOUBLING)).floor() as i32;
        let factors = (1..=tries).map(|index| (f64::from(index) / f64::from(TRIES_PER_DOUBLING)).exp2());
        let factors = factors.chain([self.limit]);
        let (from, mut targets): (f64, Vec<f64>) = match side {
            Side::Above => (
                places(base).floor(),
                factors.map(|factor| places(base * factor).ceil()).collect(),
            ),
            Side::Below => (
                places(base).ceil(),
                factors
                    .map(|factor| places(base / factor).floor().max(1.0))
                    .collect(),
            ),
        };
        // The limit is not exceeded by the last one.
        if let (Some(last), Side::Above) = (targets.last_mut(), side) {
            *last = places(base * self.limit).floor();
        }
        let from = from as u64;
        let mut targets: Vec<u64> = targets.into_iter().map(|target| target as u64).collect();
        targets.retain(|target| match side {
            Side::Above => *target > from,
            Side::Below => *target < from,
        });
        targets.dedup();
        (from, targets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(base: Number, multiple: Option<f64>) -> Places {
        Places::new(base, multiple, 4.0).expect("places")
    }

    #[test]
    fn whole_numbers_double_in_four_steps() {
        let whole = places(Number::Whole(16), None);
        assert_eq!(
            whole.line(Side::Above),
            (16, vec![20, 23, 27, 32, 39, 46, 54, 64])
        );
        assert_eq!(whole.line(Side::Below), (16, vec![13, 11, 9, 8, 6, 5, 4]));
        assert_eq!(places(Number::Whole(1), None).line(Side::Below), (1, vec![]));
    }

    #[test]
    fn multiples_lie_around_what_is_none() {
        let eights = places(Number::Whole(20), Some(8.0));
        let (from, targets) = eights.line(Side::Above);
        assert_eq!((from, eights.number(targets[0])), (2, Number::Whole(24)));
        let (from, targets) = eights.line(Side::Below);
        assert_eq!((from, eights.number(targets[0])), (3, Number::Whole(16)));
        assert!(Places::new(Number::Whole(20), Some(0.5), 4.0).is_err());
    }

    #[test]
    fn decimals_have_two_digits_more() {
        let width = places(Number::Decimal(1.0), None);
        let (from, targets) = width.line(Side::Above);
        assert_eq!((from, width.number(targets[0])), (100, Number::Decimal(1.19)));
        assert_eq!(width.number(30), Number::Decimal(0.3));
        assert!((width.factor(30) - 0.3).abs() < 1e-12);
    }
}
