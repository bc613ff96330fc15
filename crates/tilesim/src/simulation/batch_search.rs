//! The largest batch that fits: a search that knows nothing but what batches take.

/// A batch and the bytes that its fullest tile takes.
#[derive(Debug, Clone, Copy)]
struct Point {
    batch: u64,
    bytes: u64,
}

/// Times as many images as are known to fit that are tried at most: the time of a try grows with its batch.
const LARGEST_STRIDE: u64 = 4;

/// The largest batch between 1 and `limit` whose fullest tile takes no more than `capacity` bytes, or `None` where not even 1
/// does. `known` is a batch and the bytes that it takes.
///
/// Whatever fits is taken to fit with fewer images too. Bytes grow about linearly with the batch, so the search goes where the
/// line through the nearest two known batches meets the capacity; should that leave more than half of the open batches open
/// it halves them. A handful of batches is tried.
///
/// # Errors
/// Those of `bytes_of`.
pub(super) fn largest_batch<E>(
    known: (u64, u64),
    limit: u64,
    capacity: u64,
    mut bytes_of: impl FnMut(u64) -> Result<u64, E>,
) -> Result<Option<u64>, E> {
    let limit = limit.max(1);
    let origin = Point { batch: 0, bytes: 0 };
    let known = Point {
        batch: known.0.clamp(1, limit),
        bytes: known.1,
    };
    // Everything up to `good` fits (0: nothing is known to), nothing from `bad` on does.
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
    Ok((good.batch > 0).then_some(good.batch))
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
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    /// The answer, and how many batches were tried, where a batch takes `bytes` each and a constant.
    fn search(known: u64, limit: u64, capacity: u64, constant: u64, bytes: u64) -> (Option<u64>, u32) {
        let of = |batch: u64| constant + batch * bytes + (batch % 3) * bytes / 4;
        let mut tried = 0;
        let found = largest_batch((known, of(known)), limit, capacity, |batch| {
            tried += 1;
            Ok::<_, Infallible>(of(batch))
        });
        (found.unwrap_or_else(|never| match never {}), tried)
    }

    proptest! {
        #[test]
        fn it_is_the_largest(
            known in 1_u64..200,
            limit in 200_u64..4000,
            capacity in 0_u64..500_000,
            constant in 0_u64..100_000,
            bytes in 1_u64..5000,
        ) {
            let (found, tried) = search(known, limit, capacity, constant, bytes);
            let expected = (1..=limit)
                .take_while(|&batch| constant + batch * bytes + (batch % 3) * bytes / 4 <= capacity)
                .last();
            prop_assert_eq!(found, expected);
            prop_assert!(tried < 32, "{}", tried);
        }
    }

    #[test]
    fn a_line_is_cheap() {
        let (found, tried) = search(1, 1 << 20, 638_976, 7_000, 3_400);
        assert_eq!(found, Some(185));
        assert!(tried <= 6, "{tried}");
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
        let mut largest_tried = 0;
        let found = largest_batch((1, of(1)), 1 << 20, 638_976, |batch| {
            largest_tried = largest_tried.max(batch);
            Ok::<_, Infallible>(of(batch))
        });
        assert_eq!(found, Ok(Some(28)));
        assert!(largest_tried <= 4 * 28, "{largest_tried}");
    }

    #[test]
    fn errors_end_it() {
        assert_eq!(
            largest_batch((1, 1), 8, 10, |_| Err::<u64, _>("broken")),
            Err("broken")
        );
    }
}
