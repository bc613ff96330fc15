//! How far results are from a reference.

use tilesim_graph::reference::difference;

use crate::Tensor;

/// Differences of a result from a reference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Largest absolute difference.
    pub largest: f64,
    /// Largest absolute difference, relative to the largest magnitude of the reference.
    pub relative: f64,
    /// Mean absolute difference.
    pub mean: f64,
    /// Cosine of the angle between both, over all elements.
    pub cosine: f64,
    /// Share of samples whose largest element is the same.
    pub top1: f64,
    /// Share of the reference's five largest elements of each sample that are among the result's five.
    pub top5: f64,
}

impl Comparison {
    /// Compares; `None` where the numbers of elements differ or there are none.
    pub fn of(result: &Tensor, reference: &Tensor) -> Option<Self> {
        let count = reference.values.len();
        if count == 0 || result.values.len() != count {
            return None;
        }
        let pairs = || {
            let pairs = result.values.iter().zip(&reference.values);
            pairs.map(|(mine, theirs)| (f64::from(*mine), f64::from(*theirs)))
        };
        let (mut largest, mut sum, mut dot, mut squares) = (0.0_f64, 0.0, 0.0, [0.0, 0.0]);
        for (mine, theirs) in pairs() {
            let difference = difference(mine, theirs);
            largest = largest.max(difference);
            sum += difference;
            dot += mine * theirs;
            squares = [squares[0] + mine * mine, squares[1] + theirs * theirs];
        }
        let samples = reference.shape.first().copied().unwrap_or(1).max(1) as usize;
        let rows = || {
            let length = (count / samples).max(1);
            result.values.chunks(length).zip(reference.values.chunks(length))
        };
        let same = |amount: usize| {
            let shared = rows().map(|(mine, theirs)| {
                let (mine, theirs) = (largest_of(mine, amount), largest_of(theirs, amount));
                theirs.iter().filter(|class| mine.contains(class)).count() as f64 / theirs.len().max(1) as f64
            });
            shared.sum::<f64>() / rows().count() as f64
        };
        Some(Self {
            largest,
            relative: result.relative_error(reference),
            mean: sum / count as f64,
            cosine: dot / (squares[0].sqrt() * squares[1].sqrt()),
            top1: same(1),
            top5: same(5),
        })
    }
}

/// Indices of the largest values, largest first; of equal ones the first.
pub fn largest_of(values: &[f32], amount: usize) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..values.len()).collect();
    indices.sort_by(|a, b| values[*b].total_cmp(&values[*a]).then(a.cmp(b)));
    indices.truncate(amount);
    indices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(values: &[f32]) -> Tensor {
        Tensor {
            shape: vec![1, values.len() as u64],
            values: values.to_vec(),
        }
    }

    #[test]
    fn equal_tensors_agree() {
        let x = tensor(&[1.0, -2.0, 3.0]);
        let comparison = Comparison::of(&x, &x).expect("as many elements");
        assert_eq!((comparison.largest, comparison.mean), (0.0, 0.0));
        assert!((comparison.cosine - 1.0).abs() < 1e-12);
        assert_eq!((comparison.top1, comparison.top5), (1.0, 1.0));
    }

    #[test]
    fn differences_are_counted() {
        let comparison =
            Comparison::of(&tensor(&[4.0, 1.0]), &tensor(&[1.0, 2.0])).expect("as many elements");
        assert_eq!(
            (comparison.largest, comparison.mean, comparison.relative),
            (3.0, 2.0, 1.5)
        );
        assert_eq!((comparison.top1, comparison.top5), (0.0, 1.0));
        assert_eq!(Comparison::of(&tensor(&[1.0]), &tensor(&[1.0, 2.0])), None);
    }

    #[test]
    fn equal_infinities_agree() {
        let x = tensor(&[f32::NEG_INFINITY, 2.0]);
        let comparison = Comparison::of(&x, &x).expect("as many elements");
        assert_eq!((comparison.largest, comparison.relative), (0.0, 0.0));
    }
}
