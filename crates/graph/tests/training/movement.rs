//! Gradients of data that moves, against finite differences.

use proptest::prelude::*;
use tilesim_graph::{OpKind, PadMode, Rearrangement, SliceRange, TensorKind};

use super::operators::check_op;

/// Gradients of a rearrangement of operands of these shapes.
fn check(rearrangement: Rearrangement, shapes: &[&[u64]], seed: u64) -> Result<(), TestCaseError> {
    let operands: Vec<(&[u64], TensorKind)> =
        shapes.iter().map(|&shape| (shape, TensorKind::Input)).collect();
    check_op(OpKind::Rearrange(rearrangement), &operands, &[], seed)
}

const SHAPE: [u64; 3] = [2, 3, 4];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn transpositions_and_slices(
        order in Just(vec![0, 1, 2_usize]).prop_shuffle(),
        (start, step) in (0..4_u64, -3..4_i64),
        seed in 0..100_u64,
    ) {
        let transposed = Rearrangement::transpose(&SHAPE, &order).expect("a permutation");
        check(transposed, &[&SHAPE], seed)?;
        let mut ranges: Vec<SliceRange> = SHAPE.into_iter().map(SliceRange::whole).collect();
        let reach = if step < 0 { start } else { 3 - start };
        let count = if step == 0 { 2 } else { reach / step.unsigned_abs() + 1 };
        ranges[2] = SliceRange { start, count, step };
        check(Rearrangement::slice(&SHAPE, &ranges).expect("a slice"), &[&SHAPE], seed)?;
    }

    #[test]
    fn concatenations(axis in 0..3_usize, size in 1..4_u64, seed in 0..100_u64) {
        let mut other = SHAPE;
        other[axis] = size;
        let joined = Rearrangement::concat(&[&SHAPE, &other, &SHAPE], axis).expect("operands that agree");
        check(joined, &[&SHAPE, &other, &SHAPE], seed)?;
    }

    #[test]
    fn paddings(
        which in 0..4_usize,
        lower in prop::collection::vec(-1..3_i64, 3),
        upper in prop::collection::vec(0..3_i64, 3),
        seed in 0..100_u64,
    ) {
        let mode = [PadMode::Constant(0.5), PadMode::Reflect, PadMode::Edge, PadMode::Wrap][which];
        if let Ok(padded) = Rearrangement::pad(&SHAPE, &lower, &upper, mode) {
            check(padded, &[&SHAPE], seed)?;
        }
    }

    #[test]
    fn repetitions(times in prop::collection::vec(1..3_u64, 3), seed in 0..100_u64) {
        check(Rearrangement::tile(&SHAPE, &times).expect("positive numbers"), &[&SHAPE], seed)?;
        check(Rearrangement::repeat_each(&SHAPE, &times).expect("positive numbers"), &[&SHAPE], seed)?;
        let expanded = Rearrangement::expand(&[3, 1], &[2, 3, 4]).expect("a larger shape");
        check(expanded, &[&[3, 1]], seed)?;
    }

    #[test]
    fn indices(indices in prop::collection::vec(0..4_u64, 1..7), seed in 0..100_u64) {
        check(Rearrangement::take(&SHAPE, 2, &indices).expect("indices"), &[&SHAPE], seed)?;
    }
}
