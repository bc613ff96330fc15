//! Splits worth trying: those that make the largest part smaller.

/// Ascending splits of `grains` into `serial · split` parts, from 1, each the least that gives its largest part; none above
/// `limit`.
pub(super) fn distinct_splits(grains: u64, serial: u64, limit: u64) -> impl Iterator<Item = u64> {
    let mut next = Some(1).filter(|&split| split <= limit);
    std::iter::from_fn(move || {
        let split = next?;
        let largest = grains.div_ceil(split * serial);
        next = (largest > 1)
            .then(|| grains.div_ceil(largest - 1).div_ceil(serial))
            .filter(|&following| following <= limit);
        Some(split)
    })
}

/// The least split that leaves one grain in each part.
pub(super) const fn complete_split(grains: u64, serial: u64) -> u64 {
    grains.div_ceil(serial)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_are_the_least_of_their_part() {
        for grains in 1..60 {
            for serial in 1..5 {
                let splits: Vec<_> = distinct_splits(grains, serial, 1000).collect();
                let parts: Vec<_> = splits.iter().map(|s| grains.div_ceil(s * serial)).collect();
                assert!(parts.is_sorted_by(|a, b| a > b), "{grains} {serial}: {parts:?}");
                for split in 1..=grains {
                    let part = grains.div_ceil(split * serial);
                    let least = splits[parts
                        .iter()
                        .position(|&p| p == part)
                        .expect("every part is reached")];
                    assert!(least <= split);
                }
            }
        }
    }

    #[test]
    fn the_last_split_is_complete() {
        for grains in 1..60 {
            let last = distinct_splits(grains, 2, 1000).last().expect("there is a split");
            assert_eq!(grains.div_ceil(2 * last), 1);
            assert_eq!(complete_split(grains, 2), last);
        }
    }
}
