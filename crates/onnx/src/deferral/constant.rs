//! Constants that are joined with what has been moved.

use tilesim_graph::{Rearrangement, SourceIndex};

use crate::constant::{Constant, Content};

/// A constant that is broadcast along the result of a movement, as it is broadcast along the operand; `None` where it varies along a
/// part of one of the operand's dimensions, or is of whole numbers.
pub(super) fn before(constant: &Constant, by: &Rearrangement) -> Option<Constant> {
    let [source] = by.sources.as_slice() else {
        return None;
    };
    let size = |digit: &u8| by.sizes[usize::from(*digit)];
    let own = constant.shape_of_rank(by.result.len());
    if own.len() != by.result.len() {
        return None;
    }
    // Which digits it varies along; digits of one value do not count.
    let mut varies = vec![false; by.sizes.len()];
    for (digits, &own) in by.result.iter().zip(&own) {
        let whole = own == digits.iter().map(size).product::<u64>();
        for digit in digits {
            varies[usize::from(*digit)] = whole && own > 1;
        }
        if !whole && own != 1 {
            return None;
        }
    }
    let mut shape = Vec::with_capacity(source.len());
    let mut order: Vec<u8> = Vec::new();
    for index in source {
        let SourceIndex::Digits(digits) = index else {
            return None;
        };
        let long = || digits.iter().filter(|digit| size(digit) > 1);
        let along = long().filter(|digit| varies[usize::from(**digit)]).count();
        if along == 0 {
            shape.push(1);
        } else if along == long().count() {
            shape.push(digits.iter().map(size).product());
            order.extend(long());
        } else {
            return None;
        }
    }
    // Distance of neighbours along each digit in the constant as it is.
    let mut strides = vec![0; by.sizes.len()];
    let mut stride = 1;
    for digit in by.result.iter().flatten().rev() {
        if varies[usize::from(*digit)] {
            strides[usize::from(*digit)] = stride;
            stride *= size(digit) as usize;
        }
    }
    let mut indices: Vec<usize> = vec![0];
    for digit in &order {
        let stride = strides[usize::from(*digit)];
        indices = indices
            .iter()
            .flat_map(|index| (0..size(digit) as usize).map(move |value| index + value * stride))
            .collect();
    }
    let Content::Numbers(numbers) = &constant.content else {
        return None;
    };
    let moved = if indices.iter().copied().eq(0..indices.len()) {
        numbers.reshaped(&shape)?
    } else {
        numbers.reordered(shape, move || indices.clone()).ok()?
    };
    Some(Constant {
        defined: constant.defined,
        ..Constant::numbers(&constant.origin, moved)
    })
}

#[cfg(test)]
mod tests {
    use tilesim_graph::Rearrangement;

    use super::*;
    use crate::weights::Weight;

    fn constant(shape: &[u64], values: &[f32]) -> Constant {
        Constant::numbers(
            "c",
            Weight::from_f32(shape.to_vec(), values).expect("as many values"),
        )
    }

    fn values(constant: &Constant) -> Vec<f32> {
        match &constant.content {
            Content::Numbers(weight) => weight.to_f32().expect("data"),
            Content::Integers(_) => Vec::new(),
        }
    }

    #[test]
    fn channels_last_become_channels() {
        let last = Rearrangement::transpose(&[2, 3, 4, 5], &[0, 2, 3, 1]).expect("a permutation");
        let moved = before(&constant(&[3], &[1.0, 2.0, 3.0]), &last).expect("it varies by channel");
        assert_eq!(moved.shape(), [1, 3, 1, 1]);
        assert_eq!(values(&moved), [1.0, 2.0, 3.0]);
    }

    #[test]
    fn matrices_are_transposed_with_what_they_are_added_to() {
        let transposed = Rearrangement::transpose(&[2, 3], &[1, 0]).expect("a permutation");
        let moved = before(&constant(&[3, 2], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]), &transposed);
        let moved = moved.expect("it varies along both");
        assert_eq!(moved.shape(), [2, 3]);
        assert_eq!(values(&moved), [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]);
    }

    #[test]
    fn parts_of_a_dimension_are_left_alone() {
        let split = Rearrangement::reshape(&[4, 6], &[4, 2, 3]).expect("as many elements");
        assert!(before(&constant(&[2, 1], &[1.0, 2.0]), &split[0]).is_none());
        assert!(before(&constant(&[2, 3], &[0.0; 6]), &split[0]).is_some());
        assert!(before(&constant(&[], &[1.0]), &split[0]).is_some());
    }
}
