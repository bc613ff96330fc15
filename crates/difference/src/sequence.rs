//! The best alignment of two sequences, after Needleman and Wunsch (1970): order is kept, what has no counterpart is left alone.

/// A place of an alignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aligned {
    /// Elements of both, by their indices.
    Both(usize, usize),
    /// An element of the first alone.
    OnlyA(usize),
    /// An element of the second alone.
    OnlyB(usize),
}

/// An alignment and what its pairs score together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alignment {
    /// Its places in order.
    pub places: Vec<Aligned>,
    /// Sum of the scores of its pairs.
    pub score: u64,
}

/// The way by which a cell of the table is best reached.
#[derive(Clone, Copy)]
enum Step {
    Both,
    OnlyA,
    OnlyB,
}

/// Aligns `a` elements with `b` others so that their pairs score most; `score` is that of a pair, `None` where it cannot be one. Of
/// alignments that score the same, the one that pairs elements as late as possible, and leaves those of the first alone before those of
/// the second. Takes time and bytes of `a` × `b`.
///
/// ```
/// use tilesim_difference::{align, Aligned};
///
/// let (a, b) = (["stem", "conv", "pool"], ["stem", "pool"]);
/// let same = |i: usize, j: usize| (a[i] == b[j]).then_some(1);
/// let aligned = align(a.len(), b.len(), same).places;
/// assert_eq!(aligned, [Aligned::Both(0, 0), Aligned::OnlyA(1), Aligned::Both(2, 1)]);
/// ```
pub fn align(a: usize, b: usize, score: impl Fn(usize, usize) -> Option<u64>) -> Alignment {
    let width = b + 1;
    let mut steps = vec![Step::OnlyB; (a + 1) * width];
    let mut last = vec![0_u64; width];
    for i in 0..a {
        steps[(i + 1) * width] = Step::OnlyA;
        let mut row = vec![0_u64; width];
        for j in 0..b {
            let (mut best, mut step) = (row[j], Step::OnlyB);
            if last[j + 1] > best {
                (best, step) = (last[j + 1], Step::OnlyA);
            }
            if let Some(score) = score(i, j)
                && last[j] + score >= best
            {
                (best, step) = (last[j] + score, Step::Both);
            }
            row[j + 1] = best;
            steps[(i + 1) * width + j + 1] = step;
        }
        last = row;
    }
    Alignment {
        places: way_back(a, b, &steps),
        score: last[b],
    }
}

fn way_back(a: usize, b: usize, steps: &[Step]) -> Vec<Aligned> {
    let (mut i, mut j) = (a, b);
    let mut places = Vec::with_capacity(a.max(b));
    while i > 0 || j > 0 {
        match steps[i * (b + 1) + j] {
            Step::Both => {
                (i, j) = (i - 1, j - 1);
                places.push(Aligned::Both(i, j));
            }
            Step::OnlyA => {
                i -= 1;
                places.push(Aligned::OnlyA(i));
            }
            Step::OnlyB => {
                j -= 1;
                places.push(Aligned::OnlyB(j));
            }
        }
    }
    places.reverse();
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(a: &str, b: &str) -> Alignment {
        let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
        align(a.len(), b.len(), |i, j| (a[i] == b[j]).then_some(1))
    }

    #[test]
    fn what_is_missing_is_left_alone() {
        use Aligned::{Both, OnlyA, OnlyB};
        assert_eq!(of("abc", "ac").places, [Both(0, 0), OnlyA(1), Both(2, 1)]);
        assert_eq!(of("ac", "abc").places, [Both(0, 0), OnlyB(1), Both(1, 2)]);
        assert_eq!(of("", "ab").places, [OnlyB(0), OnlyB(1)]);
        assert_eq!(of("x", "y").places, [OnlyA(0), OnlyB(0)]);
    }

    /// The longest common subsequence, by trying all.
    fn longest(a: &[u8], b: &[u8]) -> u64 {
        match (a, b) {
            ([x, a_rest @ ..], [y, b_rest @ ..]) => {
                let both = if x == y { 1 + longest(a_rest, b_rest) } else { 0 };
                both.max(longest(a_rest, b)).max(longest(a, b_rest))
            }
            _ => 0,
        }
    }

    proptest! {
        #[test]
        fn every_element_has_one_place_in_order_and_no_alignment_scores_more(
            a in proptest::collection::vec(0_u8..3, 0..7),
            b in proptest::collection::vec(0_u8..3, 0..7),
        ) {
            let aligned = align(a.len(), b.len(), |i, j| (a[i] == b[j]).then_some(1));
            let of_a: Vec<usize> = aligned.places.iter().filter_map(|place| match place {
                Aligned::Both(i, _) | Aligned::OnlyA(i) => Some(*i),
                Aligned::OnlyB(_) => None,
            }).collect();
            let of_b: Vec<usize> = aligned.places.iter().filter_map(|place| match place {
                Aligned::Both(_, j) | Aligned::OnlyB(j) => Some(*j),
                Aligned::OnlyA(_) => None,
            }).collect();
            prop_assert_eq!(of_a, (0..a.len()).collect::<Vec<_>>());
            prop_assert_eq!(of_b, (0..b.len()).collect::<Vec<_>>());
            prop_assert_eq!(aligned.score, longest(&a, &b));
        }
    }
}
