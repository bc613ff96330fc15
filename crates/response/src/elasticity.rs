//! Elasticities: by how many per cent a figure changes where a number changes by one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `d ln(figure) / d ln(number)`, by finite differences: −1 is half of the figure for twice the number, 0 no response. Null where there is
/// no run on that side, or a figure is 0.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Elasticity {
    /// From the number below to the one above.
    pub between: Option<f64>,
    /// From the number below to the run as it is.
    pub below: Option<f64>,
    /// From the run as it is to the number above.
    pub above: Option<f64>,
}

/// A number, and a figure of the run that has it.
type At = (f64, f64);

impl Elasticity {
    /// The elasticity around a run, from those at a number below and one above.
    pub(crate) fn around(below: Option<At>, base: At, above: Option<At>) -> Self {
        let slope = |from: Option<At>, to: Option<At>| slope(from?, to?);
        Self {
            between: slope(below, above),
            below: slope(below, Some(base)),
            above: slope(Some(base), above),
        }
    }

    /// The best single figure: over both sides, or else over the one that there is.
    pub fn single(&self) -> Option<f64> {
        self.between.or(self.below).or(self.above)
    }
}

/// The slope between two points on logarithmic axes.
pub(crate) fn slope((x, y): At, (other_x, other_y): At) -> Option<f64> {
    let slope = (other_y / y).ln() / (other_x / x).ln();
    slope.is_finite().then_some(slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_have_their_exponent() {
        let at = |x: f64| (x, 7.0 * x.powf(-0.5));
        let around = Elasticity::around(Some(at(9.0)), at(10.0), Some(at(12.0)));
        for slope in [around.between, around.below, around.above] {
            assert!(slope.is_some_and(|slope| (slope + 0.5).abs() < 1e-12));
        }
    }

    #[test]
    fn what_has_no_logarithm_has_no_elasticity() {
        let around = Elasticity::around(None, (1.0, 0.0), Some((2.0, 3.0)));
        assert_eq!(around, Elasticity::default());
        assert_eq!(slope((2.0, 1.0), (2.0, 3.0)), None);
    }

    #[test]
    fn one_side_is_better_than_none() {
        let around = Elasticity::around(None, (1.0, 8.0), Some((2.0, 4.0)));
        assert_eq!(around.between, None);
        assert_eq!(around.single(), Some(-1.0));
    }
}
