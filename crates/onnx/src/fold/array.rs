//! Row-major index arithmetic.

/// The shape that two shapes broadcast to, sizes of 1 stretching; `None` where they do not.
pub(super) fn broadcast(left: &[u64], right: &[u64]) -> Option<Vec<u64>> {
    let rank = left.len().max(right.len());
    let size = |shape: &[u64], index: usize| {
        let missing = rank - shape.len();
        if index < missing {
            1
        } else {
            shape[index - missing]
        }
    };
    (0..rank)
        .map(|index| match (size(left, index), size(right, index)) {
            (a, b) if a == b => Some(a),
            (1, size) | (size, 1) => Some(size),
            _ => None,
        })
        .collect()
}

/// Distance of neighbours along each dimension; 0 where a size of 1 stretches over the dimension of `to`.
pub(super) fn stretched_strides(shape: &[u64], to: &[u64]) -> Vec<usize> {
    let missing = to.len().saturating_sub(shape.len());
    let mut strides = vec![0; to.len()];
    let mut stride = 1_usize;
    for index in (0..shape.len()).rev() {
        strides[missing + index] = if shape[index] == 1 { 0 } else { stride };
        stride = stride.saturating_mul(shape[index] as usize);
    }
    strides
}

/// For every element of a tensor of `shape`, in order: the sum of its indices times the strides.
pub(super) fn positions(shape: &[u64], strides: &[usize]) -> impl Iterator<Item = usize> + use<> {
    let (shape, strides) = (shape.to_vec(), strides.to_vec());
    let elements: u64 = shape.iter().product();
    let mut index = vec![0_u64; shape.len()];
    let mut next = 0;
    // One after the other: a list of them would take more memory than the elements.
    (0..elements).map(move |_| {
        let position = next;
        for d in (0..shape.len()).rev() {
            index[d] += 1;
            next += strides[d];
            if index[d] < shape[d] {
                break;
            }
            next -= strides[d] * shape[d] as usize;
            index[d] = 0;
        }
        position
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_and_positions() {
        assert_eq!(broadcast(&[2, 1], &[3]), Some(vec![2, 3]));
        assert_eq!(broadcast(&[2], &[3]), None);
        assert_eq!(broadcast(&[], &[3]), Some(vec![3]));
        assert_eq!(stretched_strides(&[2, 1], &[4, 2, 3]), [0, 1, 0]);
        let of = |shape, strides| positions(shape, strides).collect::<Vec<_>>();
        assert_eq!(of(&[2, 3], &[1, 2]), [0, 2, 4, 1, 3, 5]);
        assert_eq!(of(&[], &[]), [0]);
        assert_eq!(of(&[0, 2], &[2, 1]), [0_usize; 0]);
    }
}
