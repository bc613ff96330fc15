//! Functions of two operands that repeat along each other in any dimensions, and softmax over any: as the plain evaluator computes
//! them, wherever convolutions have left their operands.

use crate::common::{convolution, first_difference, float, half, machine};
use proptest::prelude::*;
use tilesim_graph::{
    Activation, Binary, Convolution, ElementType, Graph, GraphBuilder, GraphError, LayerKind, OpKind,
    TensorId,
};

/// Where an operand comes from.
#[derive(Debug, Clone, Copy)]
enum Origin {
    Parameter,
    Computed,
}

fn origin() -> impl Strategy<Value = Origin> {
    prop_oneof![Just(Origin::Parameter), Just(Origin::Computed)]
}

/// What a convolution leaves.
fn convolved(builder: &mut GraphBuilder, convolution: &Convolution) -> Result<TensorId, GraphError> {
    builder.layer("layer", "block", LayerKind::Conv);
    let x = builder.input("x", convolution.input_shape(), ElementType::F16)?;
    let weights = builder.parameter("weights", convolution.weight_shape())?;
    builder.convolution("conv", convolution.clone(), x, weights, None)
}

/// An operand of the shape in the dimensions of the mask, and of one element in the others.
fn operand(
    builder: &mut GraphBuilder,
    name: &str,
    origin: Origin,
    shape: &[u64],
    mask: u32,
) -> Result<TensorId, GraphError> {
    let varies = |d: usize| mask >> d & 1 == 1;
    let shape: Vec<u64> = (0..shape.len())
        .map(|d| if varies(d) { shape[d] } else { 1 })
        .collect();
    match origin {
        Origin::Parameter => builder.parameter(name, shape),
        Origin::Computed => {
            let input = builder.input(name, shape, ElementType::F16)?;
            builder.activation(format!("{name} activation"), Activation::Sigmoid, input)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn functions_of_a_tensor_and_one_that_repeats(
        convolution in convolution(),
        (origin, mask) in (origin(), any::<u32>()),
        (function, first) in (0..3_usize, any::<bool>()),
        tiles in prop_oneof![Just(1_u32), Just(2), 3..64_u32],
        floats in any::<bool>(),
    ) {
        let build = || -> Result<Graph, GraphError> {
            let mut builder = GraphBuilder::new("random", ElementType::F16);
            let x = convolved(&mut builder, &convolution)?;
            let shape = builder.shape(x).to_vec();
            let other = operand(&mut builder, "other", origin, &shape, mask)?;
            let function = [Binary::Add, Binary::Subtract, Binary::Multiply][function];
            let (left, right) = if first { (x, other) } else { (other, x) };
            let y = builder.binary("y", function, left, right)?;
            builder.finish(vec![y])
        };
        let options = if floats { float() } else { half() };
        let difference = first_difference(&build().expect("a graph"), &machine(tiles), &options);
        prop_assert_eq!(difference, None, "{:?}", convolution);
    }

    #[test]
    fn functions_of_two_tensors_that_both_repeat(
        shape in prop::collection::vec(1..7_u64, 1..5),
        (left, right) in ((origin(), any::<u32>()), (origin(), any::<u32>())),
        function in 0..4_usize,
        tiles in prop_oneof![Just(1_u32), Just(2), 3..64_u32],
    ) {
        let build = || -> Result<Graph, GraphError> {
            let mut builder = GraphBuilder::new("random", ElementType::F16);
            builder.layer("layer", "block", LayerKind::Elementwise);
            let left = operand(&mut builder, "left", left.0, &shape, left.1)?;
            let right = operand(&mut builder, "right", right.0, &shape, right.1)?;
            let functions = [Binary::Add, Binary::Subtract, Binary::Multiply, Binary::Divide];
            let y = builder.binary("y", functions[function], left, right)?;
            builder.finish(vec![y])
        };
        let difference = first_difference(&build().expect("a graph"), &machine(tiles), &float());
        prop_assert_eq!(difference, None);
    }

    #[test]
    fn softmax_over_any_dimensions(
        convolution in convolution(),
        (first, count) in (0..4_usize, 1..4_usize),
        tiles in prop_oneof![Just(1_u32), Just(2), 3..64_u32, Just(256)],
        floats in any::<bool>(),
    ) {
        let build = || -> Result<Graph, GraphError> {
            let mut builder = GraphBuilder::new("random", ElementType::F16);
            let x = convolved(&mut builder, &convolution)?;
            let rank = builder.shape(x).len();
            let first = first.min(rank - 1);
            let kind = OpKind::Softmax { axes: first..(first + count).min(rank) };
            let y = builder.op("y", kind, vec![x])?;
            builder.finish(vec![y])
        };
        let options = if floats { float() } else { half() };
        let difference = first_difference(&build().expect("a graph"), &machine(tiles), &options);
        prop_assert_eq!(difference, None, "{:?}", convolution);
    }
}
