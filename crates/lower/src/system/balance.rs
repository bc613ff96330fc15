//! Splits that balance the stages of a pipeline.

/// What lies between two neighbouring places where a network can be cut, in cycles of a micro-batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stretch {
    /// All passes that it takes in a stage with another behind it.
    pub before_last: u64,
    /// The same in the last stage, which need not recompute.
    pub last: u64,
}

/// The first stretch of every stage but the first, such that the slowest stage, which sets the time of a slot, takes as little as
/// can be. Nothing where there are fewer stretches than stages. Exact.
pub fn balance(stretches: &[Stretch], stages: usize) -> Option<Vec<usize>> {
    let count = stretches.len();
    if stages == 0 || count < stages {
        return None;
    }
    let before_last = sums(stretches, |stretch| stretch.before_last);
    let last = sums(stretches, |stretch| stretch.last);
    // For each number of stretches: the slowest stage of the best partition, and where its last stage starts.
    let mut slowest: Vec<Option<u64>> = vec![None; count + 1];
    slowest[0] = Some(0);
    let mut starts = Vec::with_capacity(stages);
    for stage in 0..stages {
        let sums = if stage + 1 == stages { &last } else { &before_last };
        let mut next = vec![None; count + 1];
        let mut start_of = vec![0; count + 1];
        for to in 1..=count {
            for from in (0..to).rev() {
                let own = sums[to] - sums[from];
                // Longer stages only take longer.
                if next[to].is_some_and(|known| own >= known) {
                    break;
                }
                let Some(before) = slowest[from] else { continue };
                if next[to].is_none_or(|known| before.max(own) < known) {
                    next[to] = Some(before.max(own));
                    start_of[to] = from;
                }
            }
        }
        slowest = next;
        starts.push(start_of);
    }
    slowest[count]?;
    let mut end = count;
    let mut firsts: Vec<usize> = starts
        .iter()
        .rev()
        .map(|start_of| {
            end = start_of[end];
            end
        })
        .collect();
    firsts.reverse();
    firsts.remove(0);
    Some(firsts)
}

/// Sums over the first stretches.
fn sums(stretches: &[Stretch], of: fn(&Stretch) -> u64) -> Vec<u64> {
    let mut sum = 0;
    std::iter::once(0)
        .chain(stretches.iter().map(|stretch| {
            sum += of(stretch);
            sum
        }))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slot(stretches: &[Stretch], firsts: &[usize]) -> u64 {
        let ends = firsts.iter().copied().chain([stretches.len()]);
        let starts = std::iter::once(0).chain(firsts.iter().copied());
        let own = |(from, to): (usize, usize)| -> u64 {
            let of = |stretch: &Stretch| {
                if to == stretches.len() {
                    stretch.last
                } else {
                    stretch.before_last
                }
            };
            stretches[from..to].iter().map(of).sum()
        };
        starts.zip(ends).map(own).max().unwrap_or(0)
    }

    fn partitions(segments: usize, stages: usize) -> Vec<Vec<usize>> {
        fn extend(
            from: usize,
            segments: usize,
            left: usize,
            firsts: &mut Vec<usize>,
            all: &mut Vec<Vec<usize>>,
        ) {
            if left == 0 {
                all.push(firsts.clone());
                return;
            }
            for first in from..segments {
                firsts.push(first);
                extend(first + 1, segments, left - 1, firsts, all);
                firsts.pop();
            }
        }
        let mut all = Vec::new();
        extend(1, segments, stages - 1, &mut Vec::new(), &mut all);
        all
    }

    proptest! {
        #[test]
        fn no_partition_is_better(
            cycles in prop::collection::vec((0_u64..50, 0_u64..100), 1..9),
            stages in 1_usize..5,
        ) {
            let stretches: Vec<Stretch> = cycles
                .into_iter()
                .map(|(again, last)| Stretch { before_last: last + again, last })
                .collect();
            let best = partitions(stretches.len(), stages)
                .iter()
                .map(|firsts| slot(&stretches, firsts))
                .min();
            let found = balance(&stretches, stages);
            prop_assert_eq!(found.as_ref().map(|firsts| slot(&stretches, firsts)), best);
            prop_assert!(found.is_none_or(|firsts| firsts.len() + 1 == stages));
        }
    }
}
