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
/// Addresses are chosen as variables come to live, of those that do so together the largest first: the lowest stretch that is free
/// and long enough (first fit). Smaller variables than the one that left it leave gaps behind. That is an assumption: the
/// allocator of the vendor's compiler is not published. One that knows all lifetimes beforehand leaves hardly any gaps; one that
/// keeps inputs and results of a kernel in different memory elements, as that one does, leaves more.
pub(crate) fn first_fit(tenants: &[Tenant]) -> Vec<u64> {
    let mut order: Vec<usize> = (0..tenants.len()).collect();
    order.sort_by_key(|&index| (tenants[index].first, std::cmp::Reverse(tenants[index].bytes)));
    let mut addresses = vec![0; tenants.len()];
    // What lives, by address.
    let mut living: Vec<usize> = Vec::new();
    let mut now = 0;
    for index in order {
        let tenant = tenants[index];
        if tenant.first > now {
            now = tenant.first;
            living.retain(|other| tenants[*other].last >= now);
        }
        let mut address = 0;
        let mut place = living.len();
        for (at, other) in living.iter().enumerate() {
            if addresses[*other] >= address + tenant.bytes {
                place = at;
                break;
            }
            address = addresses[*other] + tenants[*other].bytes;
        }
        addresses[index] = address;
        living.insert(place, index);
    }
    addresses
}

/// The first address behind all of them.
pub(crate) fn end(tenants: &[Tenant]) -> u64 {
    let addresses = first_fit(tenants);
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
        assert_eq!(first_fit(&[tenant(8, 0, 1), tenant(8, 2, 3)]), [0, 0]);
        assert_eq!(first_fit(&[tenant(8, 0, 1), tenant(8, 1, 3)]), [0, 8]);
    }

    #[test]
    fn the_largest_of_a_visit_lies_lowest() {
        assert_eq!(first_fit(&[tenant(8, 0, 1), tenant(24, 0, 1)]), [24, 0]);
    }

    #[test]
    fn what_does_not_fit_into_a_gap_lies_behind() {
        // 0..24 is free from visit 1 on, 16 bytes of it are used again, and 16 more do not fit into the other 8.
        let tenants = [
            tenant(24, 0, 0),
            tenant(8, 0, 2),
            tenant(16, 1, 2),
            tenant(16, 1, 2),
        ];
        assert_eq!(first_fit(&tenants), [0, 24, 0, 32]);
        // No more than 40 bytes live at a time: 8 are a gap.
        assert_eq!(end(&tenants), 48);
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
            let addresses = first_fit(&tenants);
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
