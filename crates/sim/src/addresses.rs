//! Where what lives for a while lies on a tile: every variable is one stretch of addresses from its first use to its last.

/// A variable on a tile, and the visits of its first and last use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tenant {
    pub(crate) bytes: u64,
    pub(crate) first: usize,
    pub(crate) last: usize,
}

/// The address at which each begins, in the order of `tenants`.
///
/// All lifetimes are known before any address is chosen, as they are to a compiler that lays memory out once for the whole run. The
/// largest choose first, of equals the one that lives first: the lowest stretch that is free and long enough as long as they live.
/// Small variables then fill what large ones leave. That is an assumption: the allocator of the vendor's compiler is not published;
/// one that keeps inputs and results of a kernel in different memory elements, as that one does, leaves more gaps.
pub(crate) fn largest_first(tenants: &[Tenant]) -> Vec<u64> {
    let mut order: Vec<usize> = (0..tenants.len()).collect();
    order.sort_by_key(|&index| (std::cmp::Reverse(tenants[index].bytes), tenants[index].first));
    let mut addresses = vec![0; tenants.len()];
    // What has its place: where it begins and ends, and when it lives, by where it begins.
    let mut placed: Vec<(u64, u64, usize, usize)> = Vec::with_capacity(tenants.len());
    for index in order {
        let tenant = tenants[index];
        let mut address = 0;
        for &(begin, end, first, last) in &placed {
            if first > tenant.last || last < tenant.first {
                continue;
            }
            if begin >= address + tenant.bytes {
                break;
            }
            address = address.max(end);
        }
        addresses[index] = address;
        let place = placed.partition_point(|(begin, ..)| *begin < address);
        placed.insert(
            place,
            (address, address + tenant.bytes, tenant.first, tenant.last),
        );
    }
    addresses
}

/// The first address behind all of them.
pub(crate) fn end(tenants: &[Tenant]) -> u64 {
    let addresses = largest_first(tenants);
    let ends = addresses
        .iter()
        .zip(tenants)
        .map(|(address, tenant)| address + tenant.bytes);
    ends.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn tenant(bytes: u64, first: usize, last: usize) -> Tenant {
        Tenant { bytes, first, last }
    }

    #[test]
    fn what_has_ceased_to_live_leaves_its_place() {
        assert_eq!(largest_first(&[tenant(8, 0, 1), tenant(8, 2, 3)]), [0, 0]);
        assert_eq!(largest_first(&[tenant(8, 0, 1), tenant(8, 1, 3)]), [0, 8]);
    }

    #[test]
    fn the_largest_of_a_visit_lies_lowest() {
        assert_eq!(largest_first(&[tenant(8, 0, 1), tenant(24, 0, 1)]), [24, 0]);
    }

    #[test]
    fn small_ones_lie_behind_what_large_ones_follow_each_other_in() {
        let tenants = [
            tenant(24, 0, 0),
            tenant(8, 0, 2),
            tenant(16, 1, 2),
            tenant(16, 1, 2),
        ];
        // Had the 8 bytes been put behind the 24 that live when they come, no 16 bytes would have fitted before them later.
        assert_eq!(largest_first(&tenants), [0, 32, 0, 16]);
        assert_eq!(end(&tenants), 40);
    }

    #[test]
    fn what_does_not_fit_into_a_gap_lies_behind() {
        // The first two leave 8 bytes between them while the third lives, which takes 16.
        let tenants = [
            tenant(32, 0, 0),
            tenant(24, 0, 1),
            tenant(16, 1, 2),
            tenant(24, 2, 2),
        ];
        assert_eq!(largest_first(&tenants), [0, 32, 56, 0]);
        // No more than 56 bytes live at a time.
        assert_eq!(end(&tenants), 72);
    }

    proptest! {
        #[test]
        fn what_lives_at_once_lies_apart(
            tenants in prop::collection::vec((1_u64..9, 0_usize..12, 0_usize..6), 0..24)
        ) {
            let tenants: Vec<Tenant> = tenants
                .into_iter()
                .map(|(bytes, first, length)| tenant(8 * bytes, first, first + length))
                .collect();
            let addresses = largest_first(&tenants);
            for (left, &tenant) in tenants.iter().enumerate() {
                for (right, &other) in tenants.iter().enumerate().skip(left + 1) {
                    let together = tenant.first <= other.last && other.first <= tenant.last;
                    let apart = addresses[left] + tenant.bytes <= addresses[right]
                        || addresses[right] + other.bytes <= addresses[left];
                    prop_assert!(!together || apart, "{left} and {right}");
                }
            }
            let live_at = |visit| -> u64 {
                let live = tenants.iter().filter(|tenant| tenant.first <= visit && visit <= tenant.last);
                live.map(|tenant| tenant.bytes).sum()
            };
            let most = (0..20).map(live_at).max().unwrap_or(0);
            prop_assert!(end(&tenants) >= most);
        }
    }
}
