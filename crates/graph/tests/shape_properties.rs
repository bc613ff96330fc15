//! Properties of shape inference.

use proptest::prelude::*;
use tilesim_graph::{Binary, OpKind, Pool, PoolKind, ShapeError};

/// Broadcasting as its definition has it, over sizes of 1.
fn broadcast(left: &[u64], right: &[u64]) -> Result<Vec<u64>, ShapeError> {
    OpKind::Binary(Binary::Add).output_shape(&[left, right], &[])
}

proptest! {
    #[test]
    fn broadcasting_is_symmetric_and_holds_both(
        sizes in prop::collection::vec((1..5_u64, 0..3_u8), 1..5)
    ) {
        let left: Vec<u64> = sizes.iter().map(|&(size, which)| if which == 0 { 1 } else { size }).collect();
        let right: Vec<u64> = sizes.iter().map(|&(size, which)| if which == 1 { 1 } else { size }).collect();
        let expected: Vec<u64> = left.iter().zip(&right).map(|(&a, &b)| a.max(b)).collect();
        prop_assert_eq!(broadcast(&left, &right), Ok(expected));
        prop_assert_eq!(broadcast(&left, &right), broadcast(&right, &left));
    }

    #[test]
    fn sizes_that_differ_do_not_broadcast(left in 2..9_u64, right in 2..9_u64) {
        prop_assume!(left != right);
        prop_assert!(broadcast(&[left], &[right]).is_err());
        prop_assert!(broadcast(&[left], &[1, left]).is_err());
    }

    #[test]
    fn windows_stand_inside_the_padded_input(
        (input, window, stride) in (1..40_u64, 1..8_u64, 1..5_u64),
        (lower, upper) in (0..4_u64, 0..4_u64),
    ) {
        let pool = Pool::new(PoolKind::Max, &[window], &[stride]).padded(&[lower], &[upper]);
        match OpKind::Pool(pool).output_shape(&[&[2, 3, input]], &[]) {
            Ok(shape) => {
                let padded = input + lower + upper;
                prop_assert!((shape[2] - 1) * stride + window <= padded);
                prop_assert!(shape[2] * stride + window > padded);
            }
            Err(_) => prop_assert!(window > input + lower + upper),
        }
    }

    /// No operator panics, whatever it is given.
    #[test]
    fn any_shapes_are_a_shape_or_an_error(
        shapes in prop::collection::vec(prop::collection::vec(prop_oneof![0..5_u64, any::<u64>()], 0..5), 0..6),
        stated in prop::collection::vec(any::<u64>(), 0..4),
    ) {
        let operands: Vec<&[u64]> = shapes.iter().map(Vec::as_slice).collect();
        for kind in [
            OpKind::FullyConnected,
            OpKind::Binary(Binary::Multiply),
            OpKind::GlobalAveragePool,
            OpKind::Softmax { axes: 1..2 },
            OpKind::Softmax { axes: 2..usize::MAX },
            OpKind::Reshape,
        ] {
            let _ = kind.output_shape(&operands, &stated);
        }
    }
}
