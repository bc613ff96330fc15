//! Splits that balance the stages of a pipeline.

/// What lies between two neighbouring places where a network can be cut, in cycles of a micro-batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Segment {
    /// Forward pass.
    pub forward: u64,
    /// Recomputation and backward pass.
    pub backward: u64,
}

/// The first segment of every stage but the first, such that a slot of a grouped pipeline, the slowest forward and the slowest
/// backward pass of any stage, is as short as can be. Nothing where there are fewer segments than stages.
///
/// Exact: for every bound of the forward passes, the partition whose slowest backward pass is the shortest.
pub fn balance(segments: &[Segment], stages: usize) -> Option<Vec<usize>> {
    if stages == 0 || segments.len() < stages {
        return None;
    }
    let sums = Sums::of(segments);
    let mut bounds: Vec<u64> = (0..segments.len())
        .flat_map(|from| (from + 1..=segments.len()).map(move |to| (from, to)))
        .map(|(from, to)| sums.forward(from, to))
        .collect();
    bounds.sort_unstable();
    bounds.dedup();
    let mut best: Option<(u64, Vec<usize>)> = None;
    for bound in bounds {
        // A looser bound cannot help once it alone takes as long as the best slot.
        if best.as_ref().is_some_and(|(slot, _)| bound >= *slot) {
            break;
        }
        if let Some((forward, backward, starts)) = partition(&sums, segments.len(), stages, bound) {
            let slot = forward + backward;
            if best.as_ref().is_none_or(|(shortest, _)| slot < *shortest) {
                best = Some((slot, starts));
            }
        }
    }
    best.map(|(_, starts)| starts)
}

/// The partition of shortest slowest backward pass among those whose forward passes keep to a bound: slowest passes, and starts.
fn partition(sums: &Sums, segments: usize, stages: usize, bound: u64) -> Option<(u64, u64, Vec<usize>)> {
    // For each number of segments: the shortest slowest backward pass, and where the last stage starts.
    let mut shortest: Vec<Option<u64>> = vec![None; segments + 1];
    shortest[0] = Some(0);
    let mut starts = Vec::with_capacity(stages);
    for _ in 0..stages {
        let mut next = vec![None; segments + 1];
        let mut start_of = vec![0; segments + 1];
        for to in 1..=segments {
            for from in (0..to).rev() {
                if sums.forward(from, to) > bound {
                    break;
                }
                let Some(before) = shortest[from] else { continue };
                let slowest = before.max(sums.backward(from, to));
                if next[to].is_none_or(|known| slowest < known) {
                    next[to] = Some(slowest);
                    start_of[to] = from;
                }
            }
        }
        shortest = next;
        starts.push(start_of);
    }
    let backward = shortest[segments]?;
    let mut end = segments;
    let mut forward = 0;
    let mut firsts: Vec<usize> = starts
        .iter()
        .rev()
        .map(|start_of| {
            let start = start_of[end];
            forward = forward.max(sums.forward(start, end));
            end = start;
            start
        })
        .collect();
    firsts.reverse();
    firsts.remove(0);
    Some((forward, backward, firsts))
}

/// Sums over the first segments.
struct Sums {
    forward: Vec<u64>,
    backward: Vec<u64>,
}

impl Sums {
    fn of(segments: &[Segment]) -> Self {
        let sums = |of: fn(&Segment) -> u64| {
            let mut sum = 0;
            std::iter::once(0)
                .chain(segments.iter().map(|segment| {
                    sum += of(segment);
                    sum
                }))
                .collect()
        };
        Self {
            forward: sums(|segment| segment.forward),
            backward: sums(|segment| segment.backward),
        }
    }

    fn forward(&self, from: usize, to: usize) -> u64 {
        self.forward[to] - self.forward[from]
    }

    fn backward(&self, from: usize, to: usize) -> u64 {
        self.backward[to] - self.backward[from]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slot(segments: &[Segment], firsts: &[usize]) -> u64 {
        let ends = firsts.iter().copied().chain([segments.len()]);
        let starts = std::iter::once(0).chain(firsts.iter().copied());
        let stages: Vec<&[Segment]> = starts.zip(ends).map(|(from, to)| &segments[from..to]).collect();
        let slowest = |of: fn(&Segment) -> u64| {
            let sum = |stage: &&[Segment]| stage.iter().map(of).sum::<u64>();
            stages.iter().map(sum).max().unwrap_or(0)
        };
        slowest(|segment| segment.forward) + slowest(|segment| segment.backward)
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
            let segments: Vec<Segment> = cycles
                .into_iter()
                .map(|(forward, backward)| Segment { forward, backward })
                .collect();
            let best = partitions(segments.len(), stages)
                .iter()
                .map(|firsts| slot(&segments, firsts))
                .min();
            let found = balance(&segments, stages);
            prop_assert_eq!(found.as_ref().map(|firsts| slot(&segments, firsts)), best);
            prop_assert!(found.is_none_or(|firsts| firsts.len() + 1 == stages));
        }
    }
}
