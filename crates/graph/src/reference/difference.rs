//! How far numbers are from a reference.

/// How far a number is from another. Equal infinities do not differ; a number that is none differs from everything.
#[expect(clippy::float_cmp, reason = "equal infinities have no difference")]
pub fn difference(mine: f64, theirs: f64) -> f64 {
    if mine == theirs {
        return 0.0;
    }
    let difference = (mine - theirs).abs();
    if difference.is_nan() {
        f64::INFINITY
    } else {
        difference
    }
}

/// The largest difference of pairs (ours, the reference's), relative to the largest finite magnitude of the reference; absolute where
/// that is 0.
pub fn relative_difference(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut most, mut largest) = (0.0_f64, 0.0_f64);
    for (mine, theirs) in pairs {
        most = most.max(difference(mine, theirs));
        if theirs.is_finite() {
            largest = largest.max(theirs.abs());
        }
    }
    if largest > 0.0 { most / largest } else { most }
}

#[cfg(test)]
mod tests {
    use super::relative_difference;

    const INFINITE: f64 = f64::INFINITY;

    fn of(pairs: &[(f64, f64)]) -> f64 {
        relative_difference(pairs.iter().copied())
    }

    #[test]
    fn differences_are_shares_of_the_largest() {
        assert!((of(&[(1.0, 1.0), (-1.0, -2.0)]) - 0.5).abs() < 1e-12);
        assert!((of(&[(3.0, 0.0)]) - 3.0).abs() < 1e-12);
    }

    #[test]
    fn equal_infinities_agree_and_hide_no_other_difference() {
        assert!(of(&[(INFINITE, INFINITE), (-INFINITE, -INFINITE)]) < 1e-12);
        assert!(of(&[(INFINITE, -INFINITE)]).is_infinite());
        assert!(of(&[(1e30, INFINITE)]).is_infinite());
        assert!((of(&[(INFINITE, INFINITE), (1.0, 2.0)]) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_number_differs() {
        assert!(of(&[(f64::NAN, 1.0), (1.0, 1.0)]).is_infinite());
        assert!(of(&[(1.0, f64::NAN)]).is_infinite());
    }
}
