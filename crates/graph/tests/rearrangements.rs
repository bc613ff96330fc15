//! Rearrangements beside plain arithmetic on indices.

use proptest::prelude::*;
use tilesim_graph::{
    ElementType, GraphBuilder, LayerKind, OpKind, PadMode, Rearrangement, RearrangementError, SliceRange,
    SourceIndex,
    reference::{self, Precision, Tensor, Tensors},
};

/// What a rearrangement makes of operands of these shapes, whose elements are numbered on and on.
fn rearranged(rearrangement: &Rearrangement, shapes: &[&[u64]]) -> Vec<f64> {
    let mut builder = GraphBuilder::new("test", ElementType::F32);
    let mut given = Tensors::new();
    let mut next = 1.0;
    let mut operands = Vec::new();
    for (index, shape) in shapes.iter().enumerate() {
        let name = format!("x{index}");
        operands.push(
            builder
                .input(&name, shape.to_vec(), ElementType::F32)
                .expect("an input"),
        );
        let elements: u64 = shape.iter().product();
        let values = (0..elements).map(|element| next + element as f64).collect();
        next += elements as f64;
        let shape = shape.to_vec();
        given.insert(name, Tensor { shape, values });
    }
    builder.layer("layer", "block", LayerKind::Elementwise);
    let result = builder
        .rearrange("moved", rearrangement.clone(), operands)
        .expect("operands that fit");
    let graph = builder.finish(vec![result]).expect("a graph");
    let values = reference::evaluate(&graph, &given, Precision::Double).expect("it computes");
    assert_eq!(values["moved"].shape, rearrangement.shape());
    values["moved"].values.clone()
}

/// The values of a result of this shape, by index.
fn by_index(shape: &[u64], value: impl Fn(&[u64]) -> f64) -> Vec<f64> {
    let elements: u64 = shape.iter().product();
    (0..elements)
        .map(|mut at| {
            let mut index = vec![0; shape.len()];
            for (place, size) in index.iter_mut().zip(shape).rev() {
                *place = at % size;
                at /= size;
            }
            value(&index)
        })
        .collect()
}

/// The number of an element in row-major order, from 1 on.
fn number(shape: &[u64], index: &[u64]) -> f64 {
    let place = index
        .iter()
        .zip(shape)
        .fold(0, |place, (index, size)| place * size + index);
    place as f64 + 1.0
}

fn shapes() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(1..5_u64, 1..5)
}

/// A shape with an order of its dimensions.
fn permutations() -> impl Strategy<Value = (Vec<u64>, Vec<usize>)> {
    shapes().prop_flat_map(|shape| {
        let order: Vec<usize> = (0..shape.len()).collect();
        (Just(shape), Just(order).prop_shuffle())
    })
}

/// A shape with something for each dimension.
fn with_each<T: std::fmt::Debug>(
    each: impl Strategy<Value = T> + Clone + 'static,
) -> impl Strategy<Value = (Vec<u64>, Vec<T>)> {
    shapes().prop_flat_map(move |shape| {
        let rank = shape.len();
        (Just(shape), prop::collection::vec(each.clone(), rank))
    })
}

proptest! {
    #[test]
    fn transpositions_permute_indices((shape, permutation) in permutations()) {
        let transposed = Rearrangement::transpose(&shape, &permutation).expect("a permutation");
        let expected = by_index(&transposed.shape(), |index| {
            let mut from = vec![0; shape.len()];
            for (&dimension, &index) in permutation.iter().zip(index) {
                from[dimension] = index;
            }
            number(&shape, &from)
        });
        prop_assert_eq!(rearranged(&transposed, &[&shape]), expected);
    }

    #[test]
    fn reshapes_keep_the_row_major_order(
        sizes in prop::collection::vec(1..5_u64, 1..6),
        cuts in prop::collection::vec(any::<bool>(), 6),
        order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        // Some factors in another order, neighbours joined at random.
        let join = |sizes: &[u64], cuts: &[bool]| -> Vec<u64> {
            let mut shape = vec![1];
            for (size, cut) in sizes.iter().zip(cuts) {
                if *cut { shape.push(*size) } else { *shape.last_mut().unwrap() *= size }
            }
            shape
        };
        let other: Vec<u64> = order.iter().filter_map(|&at| sizes.get(at).copied()).collect();
        let (from, to) = (join(&sizes, &cuts), join(&other, &cuts[1..]));
        let steps = Rearrangement::reshape(&from, &to).expect("as many elements");
        prop_assert!(steps.len() <= 2);
        let mut shape = from;
        for step in &steps {
            let values = rearranged(step, &[&shape]);
            let expected: Vec<f64> = (1..=values.len()).map(|number| number as f64).collect();
            prop_assert_eq!(values, expected);
            shape = step.shape();
        }
        prop_assert_eq!(shape, to);
    }

    #[test]
    fn slices_take_even_indices((shape, ranges) in with_each((0..5_u64, 1..5_u64, -3..4_i64))) {
        let ranges: Vec<SliceRange> = ranges
            .into_iter()
            .map(|(start, count, step)| SliceRange { start, count, step })
            .collect();
        let fits = shape.iter().zip(&ranges).all(|(size, range)| {
            let last = range.start.cast_signed() + range.step * (range.count.cast_signed() - 1);
            range.start < *size && (0..size.cast_signed()).contains(&last)
        });
        match Rearrangement::slice(&shape, &ranges) {
            Ok(slice) => {
                prop_assert!(fits);
                let expected = by_index(&slice.shape(), |index| {
                    let from: Vec<u64> = index.iter().zip(&ranges)
                        .map(|(index, range)| (range.start.cast_signed() + range.step * index.cast_signed()) as u64)
                        .collect();
                    number(&shape, &from)
                });
                prop_assert_eq!(rearranged(&slice, &[&shape]), expected);
            }
            Err(error) => {
                prop_assert!(!fits);
                let is_setting = matches!(error, RearrangementError::Setting { .. });
                prop_assert!(is_setting);
            }
        }
    }

    #[test]
    fn concatenations_put_operands_behind_each_other(
        shape in shapes(), axis in 0..4_usize, sizes in prop::collection::vec(1..4_u64, 1..4)
    ) {
        prop_assume!(axis < shape.len());
        let shapes: Vec<Vec<u64>> = sizes.iter().map(|&size| {
            let mut own = shape.clone();
            own[axis] = size;
            own
        }).collect();
        let shapes: Vec<&[u64]> = shapes.iter().map(Vec::as_slice).collect();
        let joined = Rearrangement::concat(&shapes, axis).expect("operands that agree");
        prop_assert!(!joined.has_fill());
        let expected = by_index(&joined.shape(), |index| {
            let (mut before, mut elements) = (0, 0.0);
            for own in &shapes {
                if index[axis] < before + own[axis] {
                    let mut index = index.to_vec();
                    index[axis] -= before;
                    return elements + number(own, &index);
                }
                before += own[axis];
                elements += own.iter().product::<u64>() as f64;
            }
            unreachable!("an index beyond the last operand")
        });
        prop_assert_eq!(rearranged(&joined, &shapes), expected);
    }

    #[test]
    fn paddings_follow_their_modes(
        (shape, widths) in with_each((-2..5_i64, -2..5_i64)), mode in 0..4_usize
    ) {
        let mode = [PadMode::Constant(-7.0), PadMode::Reflect, PadMode::Edge, PadMode::Wrap][mode];
        let (lower, upper): (Vec<i64>, Vec<i64>) = widths.into_iter().unzip();
        let Ok(padded) = Rearrangement::pad(&shape, &lower, &upper, mode) else {
            let empty = shape.iter().zip(&lower).zip(&upper).any(|((&size, &lower), &upper)| {
                let size = size.cast_signed();
                size + lower + upper < 1
                    || (mode == PadMode::Reflect && size == 1 && lower.max(upper) > 0)
                    || lower <= -size || upper <= -size
            });
            prop_assert!(empty);
            return Ok(());
        };
        let expected = by_index(&padded.shape(), |index| {
            let mut from = Vec::new();
            for ((&index, &size), &lower) in index.iter().zip(&shape).zip(&lower) {
                let (size, at) = (size.cast_signed(), index.cast_signed() - lower);
                let inside = (0..size).contains(&at);
                from.push(match mode {
                    PadMode::Constant(fill) if !inside => return fill,
                    PadMode::Constant(_) => at,
                    PadMode::Edge => at.clamp(0, size - 1),
                    PadMode::Wrap => at.rem_euclid(size),
                    PadMode::Reflect => {
                        let mut at = at;
                        while !(0..size).contains(&at) {
                            at = if at < 0 { -at } else { 2 * (size - 1) - at };
                        }
                        at
                    }
                } as u64);
            }
            number(&shape, &from)
        });
        prop_assert_eq!(rearranged(&padded, &[&shape]), expected);
    }

    #[test]
    fn repetitions_divide_or_wrap_indices((shape, times) in with_each(1..4_u64)) {
        let repeated = Rearrangement::repeat_each(&shape, &times).expect("positive numbers");
        let expected = by_index(&repeated.shape(), |index| {
            let from: Vec<u64> = index.iter().zip(&times).map(|(index, times)| index / times).collect();
            number(&shape, &from)
        });
        prop_assert_eq!(rearranged(&repeated, &[&shape]), expected);
        let tiled = Rearrangement::tile(&shape, &times).expect("positive numbers");
        let expected = by_index(&tiled.shape(), |index| {
            let from: Vec<u64> = index.iter().zip(&shape).map(|(index, size)| index % size).collect();
            number(&shape, &from)
        });
        prop_assert_eq!(rearranged(&tiled, &[&shape]), expected);
    }

    #[test]
    fn any_indices_can_be_taken(
        shape in shapes(), axis in 0..4_usize, indices in prop::collection::vec(0..4_u64, 1..9)
    ) {
        prop_assume!(axis < shape.len() && indices.iter().all(|index| *index < shape[axis]));
        let taken = Rearrangement::take(&shape, axis, &indices).expect("indices of the dimension");
        let expected = by_index(&taken.shape(), |index| {
            let mut from = index.to_vec();
            from[axis] = indices[index[axis] as usize];
            number(&shape, &from)
        });
        prop_assert_eq!(rearranged(&taken, &[&shape]), expected);
    }

    /// Two rearrangements are one where they can be.
    #[test]
    fn compositions_are_both_one_after_the_other(
        (shape, permutation) in permutations(), which in 0..4, times in 1..3_u64
    ) {
        let first = Rearrangement::transpose(&shape, &permutation).expect("a permutation");
        let between = first.shape();
        let next = match which {
            0 => Rearrangement::reshape(&between, &[between.iter().product()]).expect("a flat one").remove(0),
            1 => Rearrangement::slice(
                &between,
                &between.iter().map(|&size| SliceRange { start: size - 1, count: size, step: -1 }).collect::<Vec<_>>(),
            ).expect("in reverse"),
            2 => Rearrangement::repeat_each(&between, &vec![times; between.len()]).expect("positive numbers"),
            _ => Rearrangement::pad(&between, &vec![1; between.len()], &vec![0; between.len()], PadMode::Edge)
                .expect("a border"),
        };
        let Some(both) = first.then(&next) else {
            panic!("a transposition goes with anything");
        };
        let step = rearranged(&first, &[&shape]);
        let expected: Vec<f64> = rearranged(&next, &[&between]).iter().map(|at| step[*at as usize - 1]).collect();
        prop_assert_eq!(rearranged(&both, &[&shape]), expected);
    }
}

#[test]
fn a_channel_shuffle_is_one_rearrangement() {
    let reshape = |from: &[u64], to: &[u64]| Rearrangement::reshape(from, to).expect("a reshape").remove(0);
    let split = reshape(&[2, 6, 3, 3], &[2, 2, 3, 3, 3]);
    let turned = Rearrangement::transpose(&[2, 2, 3, 3, 3], &[0, 2, 1, 3, 4]).expect("a permutation");
    let joined = reshape(&[2, 3, 2, 3, 3], &[2, 6, 3, 3]);
    let shuffle = split
        .then(&turned)
        .and_then(|both| both.then(&joined))
        .expect("one");
    assert_eq!(shuffle.shape(), [2, 6, 3, 3]);
    let expected = by_index(&[2, 6, 3, 3], |index| {
        let mut from = index.to_vec();
        from[1] = index[1] % 2 * 3 + index[1] / 2;
        number(&[2, 6, 3, 3], &from)
    });
    assert_eq!(rearranged(&shuffle, &[&[2, 6, 3, 3]]), expected);
    let there = Rearrangement::transpose(&[2, 3, 4], &[2, 0, 1]).expect("a permutation");
    let back = Rearrangement::transpose(&[4, 2, 3], &[1, 2, 0]).expect("a permutation");
    assert!(there.then(&back).expect("a permutation").is_identity());
    assert!(!there.is_identity());
}

#[test]
fn mistakes_are_errors() {
    let plain = Rearrangement::transpose(&[2, 3], &[1, 0]).expect("a permutation");
    let shape = |rearrangement: &Rearrangement, operands: &[&[u64]]| {
        OpKind::Rearrange(rearrangement.clone()).output_shape(operands, &[])
    };
    assert_eq!(shape(&plain, &[&[2, 3]]), Ok(vec![3, 2]));
    assert!(shape(&plain, &[&[3, 2]]).is_err());
    assert!(shape(&plain, &[&[2, 3, 1]]).is_err());
    assert!(shape(&plain, &[&[2, 3], &[2, 3]]).is_err());
    let mut twice = plain.clone();
    twice.sources.push(twice.sources[0].clone());
    assert!(shape(&twice, &[&[2, 3], &[2, 3]]).is_err());
    let mut unknown = plain.clone();
    unknown.sources[0][0] = SourceIndex::Digits(vec![7]);
    assert!(shape(&unknown, &[&[2, 3]]).is_err());
    let mut huge = plain;
    huge.sizes = vec![u64::MAX, 3];
    assert!(shape(&huge, &[&[u64::MAX, 3]]).is_err());
    assert!(Rearrangement::transpose(&[2, 3], &[0, 0]).is_err());
    assert!(Rearrangement::reshape(&[2, 3], &[5]).is_err());
    assert!(Rearrangement::expand(&[2, 3], &[2, 2]).is_err());
    assert!(Rearrangement::pad(&[2], &[i64::MAX], &[i64::MAX], PadMode::Edge).is_err());
    assert!(Rearrangement::pad(&[2], &[1 << 39], &[0], PadMode::Wrap).is_err());
    assert!(Rearrangement::concat(&[&[2, 3], &[2, 4]], 0).is_err());
    assert!(Rearrangement::concat(&[], 0).is_err());
}

/// Queries, keys and values in one tensor: one of them is a slice of it, moved as all of them would be.
#[test]
fn one_of_several_is_selected_before_it_is_moved() {
    let rows = [5, 24];
    let split = Rearrangement::reshape(&rows, &[5, 3, 2, 4])
        .expect("a reshape")
        .remove(0);
    let turned = Rearrangement::transpose(&[5, 3, 2, 4], &[1, 2, 0, 3]).expect("a permutation");
    let all = split.then(&turned).expect("one");
    for selected in 0..3 {
        let one = Rearrangement::take(&[3, 2, 5, 4], 0, &[selected]).expect("one of three");
        assert_eq!(all.then(&one), None);
        let (slice, rest) = all.selected_first(&one).expect("two");
        assert_eq!((slice.shape(), rest.shape()), (vec![5, 8], vec![1, 2, 5, 4]));
        let between = rearranged(&slice, &[&rows]);
        let moved = rearranged(&rest, &[&[5, 8]]);
        let moved: Vec<f64> = moved.iter().map(|at| between[*at as usize - 1]).collect();
        let expected = by_index(&[1, 2, 5, 4], |index| {
            number(&rows, &[index[2], selected * 8 + index[1] * 4 + index[3]])
        });
        assert_eq!(moved, expected);
    }
    // Every second of them is no run, and the positions of a row are not outermost.
    let two = Rearrangement::take(&[3, 2, 5, 4], 0, &[0, 2]).expect("two of three");
    assert_eq!(all.selected_first(&two), None);
    let inner = Rearrangement::take(&[3, 2, 5, 4], 3, &[1]).expect("one of four");
    assert_eq!(all.selected_first(&inner), None);
}
