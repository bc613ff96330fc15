//! The largest batch that fits: a search that knows nothing but answers.

/// The largest batch between 1 and `limit` that `fits`, or `None` where not even 1 does.
///
/// Whatever fits is taken to fit with fewer images too. The search starts at `guess`, strides away from it in doubling
/// steps until the answer changes, and halves what is left: a good guess needs a handful of answers.
///
/// # Errors
/// Those of `fits`.
pub(crate) fn largest_batch<E>(
    guess: u64,
    limit: u64,
    mut fits: impl FnMut(u64) -> Result<bool, E>,
) -> Result<Option<u64>, E> {
    let guess = guess.clamp(1, limit.max(1));
    // Everything up to `good` fits (0: nothing is known to), nothing from `bad` on does.
    let (mut good, mut bad) = (0, limit.max(1) + 1);
    let mut step = 1;
    if fits(guess)? {
        good = guess;
        while good < limit {
            let next = good.saturating_add(step).min(limit);
            if !fits(next)? {
                bad = next;
                break;
            }
            good = next;
            step *= 2;
        }
    } else {
        bad = guess;
        while bad > 1 {
            let next = bad.saturating_sub(step).max(1);
            if fits(next)? {
                good = next;
                break;
            }
            bad = next;
            step *= 2;
        }
    }
    while good + 1 < bad {
        let middle = good + (bad - good) / 2;
        if fits(middle)? {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Ok((good > 0).then_some(good))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    fn search(guess: u64, limit: u64, capacity: u64) -> (Option<u64>, u32) {
        let mut answers = 0;
        let found = largest_batch(guess, limit, |batch| {
            answers += 1;
            Ok::<_, Infallible>(batch <= capacity)
        });
        (found.unwrap_or_else(|never| match never {}), answers)
    }

    proptest! {
        #[test]
        fn it_is_the_largest(guess in 0_u64..5000, limit in 1_u64..4000, capacity in 0_u64..5000) {
            let (found, answers) = search(guess, limit, capacity);
            let expected = capacity.min(limit);
            prop_assert_eq!(found, (expected > 0).then_some(expected));
            prop_assert!(answers < 32);
        }
    }

    #[test]
    fn a_good_guess_is_cheap() {
        assert_eq!(search(100, 1 << 20, 100), (Some(100), 2));
        assert!(search(100, 1 << 20, 103).1 <= 6);
    }

    #[test]
    fn errors_end_it() {
        assert_eq!(largest_batch(1, 8, |_| Err::<bool, _>("broken")), Err("broken"));
    }
}
