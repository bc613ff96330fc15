//! The largest batch that fits: a search that knows nothing but what batches take.
//!
//! Fits are not monotone: another batch divides among the tiles in another way and has other plans, so that one that does not fit may
//! lie between two that do.

use std::ops::RangeInclusive;

use rayon::prelude::*;

/// A batch and the bytes that its fullest tile takes.
#[derive(Debug, Clone, Copy)]
struct Point {
    batch: u64,
    bytes: u64,
}

/// Times as many images as are known to fit that are tried at most: the time of a try grows with its batch.
const LARGEST_STRIDE: u64 = 4;

/// Batches beyond one that fits of which none may fit, for it to be the largest: half as many again, within these bounds. What rests
/// between layers grows with the batch; no other plan makes up for half of it.
const BEYOND: RangeInclusive<u64> = 8..=64;

/// Batches that are tried at once.
const TRIED_TOGETHER: u64 = 8;

/// The largest batch between 1 and `limit` whose fullest tile takes no more than `capacity` bytes, or `None` where there is none.
/// `known` is a batch and the bytes that it takes.
///
/// First a border is found, a batch that fits and a next one that does not ([`border`]). From there every batch up to half as many again
/// (8 at least, 64 at most) is tried, the largest first, until none of that many beyond the largest that fits does. What lies further
/// away is taken not to fit.
///
/// # Errors
/// Those of `bytes_of`.
pub(super) fn largest_batch<E: Send>(
    known: (u64, u64),
    limit: u64,
    capacity: u64,
    bytes_of: impl Fn(u64) -> Result<u64, E> + Sync,
) -> Result<Option<u64>, E> {
    let limit = limit.max(1);
    let mut largest = border(known, limit, capacity, &bytes_of)?;
    // None of the batches up to here beyond the largest fits.
    let mut tried = largest.saturating_add(1).min(limit);
    loop {
        let beyond = (largest / 2).clamp(*BEYOND.start(), *BEYOND.end());
        let end = largest.saturating_add(beyond).min(limit);
        match largest_within(tried + 1..=end, capacity, &bytes_of)? {
            Some(found) => (largest, tried) = (found, end),
            None => return Ok((largest > 0).then_some(largest)),
        }
    }
}

/// The largest of some batches that fits. Several are tried at a time, the same ones on any number of threads.
fn largest_within<E: Send>(
    mut batches: RangeInclusive<u64>,
    capacity: u64,
    bytes_of: &(impl Fn(u64) -> Result<u64, E> + Sync),
) -> Result<Option<u64>, E> {
    while !batches.is_empty() {
        let (first, last) = (*batches.start(), *batches.end());
        let from = first.max((last + 1).saturating_sub(TRIED_TOGETHER));
        let tries: Vec<Result<u64, E>> = (from..=last).into_par_iter().map(bytes_of).collect();
        let mut found = None;
        for (batch, bytes) in (from..=last).zip(tries) {
            if bytes? <= capacity {
                found = Some(batch);
            }
        }
        if found.is_some() || from == first {
            return Ok(found);
        }
        batches = first..=from - 1;
    }
    Ok(None)
}

/// A batch that fits while the next one does not, or is beyond the limit; 0 where that is 1.
///
/// Bytes grow about linearly with the batch, so the search goes where the line through the nearest two known batches meets the
/// capacity; should that leave more than half of the open batches open it halves them. A handful of batches is tried.
///
/// # Errors
/// Those of `bytes_of`.
fn border<E>(
    known: (u64, u64),
    limit: u64,
    capacity: u64,
    bytes_of: &impl Fn(u64) -> Result<u64, E>,
) -> Result<u64, E> {
    let origin = Point { batch: 0, bytes: 0 };
    let known = Point {
        batch: known.0.clamp(1, limit),
        bytes: known.1,
    };
    // `good` fits (0: nothing is known to), `bad` does not.
    let (mut good, mut bad) = if known.bytes <= capacity {
        (known, None)
    } else {
        (origin, Some(known))
    };
    // The point before `good`, to extrapolate from while nothing bad is known.
    let mut before = origin;
    let mut halve = false;
    loop {
        let next = match bad {
            Some(bad) if good.batch + 1 >= bad.batch => break,
            Some(bad) if halve => good.batch.midpoint(bad.batch),
            Some(bad) => meets(good, bad, capacity).clamp(good.batch + 1, bad.batch - 1),
            None if good.batch >= limit => break,
            // One beyond, to find a batch that does not fit; at least an eighth more, should the line be steep, and no more than
            // four times as many, should it be flat or fall: another plan may take less memory for more images.
            None => (meets(before, good, capacity) + 1)
                .max(good.batch + good.batch / 8 + 1)
                .min(good.batch.saturating_mul(LARGEST_STRIDE))
                .max(good.batch + 1)
                .min(limit),
        };
        let open = bad.map_or(u64::MAX, |bad| bad.batch - good.batch);
        let point = Point {
            batch: next,
            bytes: bytes_of(next)?,
        };
        if point.bytes <= capacity {
            before = good;
            good = point;
        } else {
            bad = Some(point);
        }
        let still_open = bad.map_or(u64::MAX, |bad| bad.batch - good.batch);
        halve = open != u64::MAX && !halve && still_open > open / 2;
    }
    Ok(good.batch)
}

/// The batch at which the line through two points meets the capacity, rounded down.
fn meets(low: Point, high: Point, capacity: u64) -> u64 {
    let rise = u128::from(high.bytes.saturating_sub(low.bytes)).max(1);
    let run = u128::from(high.batch - low.batch);
    let room = u128::from(capacity.saturating_sub(low.bytes));
    let batch = u128::from(low.batch) + run * room / rise;
    u64::try_from(batch).unwrap_or(u64::MAX).min(u64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        sync::atomic::{AtomicU64, Ordering},
    };

    use proptest::prelude::*;

    use super::*;

    /// The answer, how many batches were tried and the largest of them.
    fn search(
        known: u64,
        limit: u64,
        capacity: u64,
        of: impl Fn(u64) -> u64 + Sync,
    ) -> (Option<u64>, u64, u64) {
        let (tried, most) = (AtomicU64::new(0), AtomicU64::new(0));
        let found = largest_batch((known, of(known)), limit, capacity, |batch| {
            tried.fetch_add(1, Ordering::Relaxed);
            most.fetch_max(batch, Ordering::Relaxed);
            Ok::<_, Infallible>(of(batch))
        });
        let found = found.unwrap_or_else(|never| match never {});
        (found, tried.into_inner(), most.into_inner())
    }

    /// Anything between 0 and 15, the same for a batch each time.
    const fn noise(batch: u64) -> u64 {
        batch.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60
    }

    proptest! {
        /// Bytes that rise with the batch but for up to a third of them, here and there.
        #[test]
        fn it_is_the_largest_however_plans_differ(
            known in 1_u64..120,
            limit in 120_u64..400,
            capacity in 0_u64..500_000,
            constant in 0_u64..100_000,
            bytes in 4000_u64..9000,
        ) {
            let of = |batch: u64| constant + batch * bytes * (45 + noise(batch)) / 60;
            let (found, tried, _) = search(known, limit, capacity, of);
            let expected = (1..=limit).rfind(|&batch| of(batch) <= capacity);
            prop_assert_eq!(found, expected);
            prop_assert!(tried < 180, "{}", tried);
        }

        #[test]
        fn it_is_the_largest_where_bytes_rise(
            known in 1_u64..200,
            limit in 200_u64..4000,
            capacity in 0_u64..500_000,
            constant in 0_u64..100_000,
            bytes in 1_u64..5000,
        ) {
            let of = |batch: u64| constant + batch * bytes + (batch % 3) * bytes / 4;
            let (found, tried, _) = search(known, limit, capacity, of);
            let expected = (1..=limit).take_while(|&batch| of(batch) <= capacity).last();
            prop_assert_eq!(found, expected);
            prop_assert!(tried < 96, "{}", tried);
        }
    }

    /// The first batch that does not fit is no border: 44 images take more than the memory, 45 to 64 do not.
    #[test]
    fn a_batch_that_does_not_fit_may_lie_before_some_that_do() {
        let of = |batch: u64| if batch == 44 { 700_000 } else { batch * 9_900 };
        let (found, _, _) = search(43, 1 << 20, 638_976, of);
        assert_eq!(found, Some(64));
    }

    #[test]
    fn a_line_is_cheap() {
        let (found, tried, _) = search(1, 1 << 20, 638_976, |batch| 7_000 + batch * 3_400);
        assert_eq!(found, Some(185));
        assert!(tried <= 6 + BEYOND.end(), "{tried}");
    }

    /// A line through two batches that falls meets the capacity nowhere near.
    #[test]
    fn a_dip_leads_to_no_absurd_batch() {
        let of = |batch: u64| {
            if batch == 1 {
                212_000
            } else {
                100_000 + batch * 19_000
            }
        };
        let (found, _, most) = search(1, 1 << 20, 638_976, of);
        assert_eq!(found, Some(28));
        assert!(most <= 4 * 28, "{most}");
    }

    #[test]
    fn errors_end_it() {
        assert_eq!(
            largest_batch((1, 1), 8, 10, |_| Err::<u64, _>("broken")),
            Err("broken")
        );
    }
}
