//! Pareto fronts.

/// Which of `merits` no other is at least as good as everywhere and better somewhere; more is better. In the order given.
///
/// What has a figure that is no number is on no front. Equal ones are all on it.
pub fn front(merits: &[Vec<f64>]) -> Vec<usize> {
    let comparable = |index: &usize| merits[*index].iter().all(|merit| !merit.is_nan());
    let mut order: Vec<usize> = (0..merits.len()).filter(comparable).collect();
    // Best first: whoever is dominated is dominated by one that stands before it, and so by one that is on the front.
    order.sort_by(|&a, &b| {
        let pairs = merits[b].iter().zip(&merits[a]);
        pairs
            .map(|(left, right)| left.total_cmp(right))
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    let mut front: Vec<usize> = Vec::new();
    for candidate in order {
        if !front
            .iter()
            .any(|&other| dominates(&merits[other], &merits[candidate]))
        {
            front.push(candidate);
        }
    }
    front.sort_unstable();
    front
}

fn dominates(left: &[f64], right: &[f64]) -> bool {
    left.iter().zip(right).all(|(left, right)| left >= right)
        && left.iter().zip(right).any(|(left, right)| left > right)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_front_of_five() {
        let merits = [[1.0, 5.0], [2.0, 4.0], [2.0, 3.0], [4.0, 1.0], [f64::NAN, 9.0]].map(Vec::from);
        assert_eq!(front(&merits), [0, 1, 3]);
        assert_eq!(front(&[]), Vec::<usize>::new());
    }

    proptest! {
        #[test]
        fn it_is_what_nothing_dominates(merits in prop::collection::vec(prop::collection::vec(0_u8..6, 3), 0..40)) {
            let merits: Vec<Vec<f64>> = merits.iter().map(|of| of.iter().copied().map(f64::from).collect()).collect();
            let expected: Vec<usize> = (0..merits.len())
                .filter(|&index| !merits.iter().any(|other| dominates(other, &merits[index])))
                .collect();
            prop_assert_eq!(front(&merits), expected);
        }
    }
}
