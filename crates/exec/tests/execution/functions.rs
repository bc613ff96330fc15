//! Every pointwise function and every reduction, with their gradients: as the plain evaluator computes them.

use crate::common::{compare, convolution, first_difference_above, float, half, machine};
use proptest::prelude::*;
use tilesim_exec::{Mode, Tensor, seeded_weights};
use tilesim_graph::{
    Activation, Binary, ElementType, Graph, GraphBuilder, GraphError, LayerKind, OpKind, Reduction, Scalar,
};
use tilesim_lower::{PlanSource, lower};

fn function() -> impl Strategy<Value = Activation> {
    let number = || (-2.0..2.0_f64).prop_map(Scalar::new);
    let positive = || (0.1..2.0_f64).prop_map(Scalar::new);
    prop_oneof![
        prop::sample::select(vec![
            Activation::GeluTanh,
            Activation::Softplus,
            Activation::Softsign,
            Activation::Mish,
            Activation::Exponential,
            Activation::Logarithm,
            Activation::SquareRoot,
            Activation::Reciprocal,
            Activation::Square,
            Activation::Absolute,
            Activation::Negate,
            Activation::Sign,
            Activation::Floor,
            Activation::Ceiling,
            Activation::Round,
            Activation::Sine,
            Activation::Cosine,
            Activation::ErrorFunction,
        ]),
        number().prop_map(|rate| Activation::ScaledSwish { rate }),
        number().prop_map(|slope| Activation::LeakyRelu { slope }),
        (positive(), number(), positive()).prop_map(|(scale, amplitude, rate)| Activation::Elu {
            scale,
            amplitude,
            rate
        }),
        (positive(), number()).prop_map(|(slope, shift)| Activation::Ramp { slope, shift }),
        (number(), positive()).prop_map(|(low, above)| Activation::Clip {
            low,
            high: Scalar::new(low.value() + above.value())
        }),
        number().prop_map(|threshold| Activation::ThresholdedRelu { threshold }),
        (positive(), number()).prop_map(|(threshold, bias)| Activation::Shrink { threshold, bias }),
        prop_oneof![
            (-2.5..3.5_f64).prop_map(Scalar::new),
            (-3..5_i8).prop_map(|exponent| Scalar::new(f64::from(exponent)))
        ]
        .prop_map(|exponent| Activation::Power { exponent }),
    ]
}

/// Whether a function is of positive numbers alone.
fn of_positive(function: Activation) -> bool {
    matches!(
        function,
        Activation::Logarithm | Activation::SquareRoot | Activation::Reciprocal | Activation::Power { .. }
    )
}

/// Whether a function jumps somewhere.
fn jumps(function: Activation) -> bool {
    !function.has_gradient()
        || matches!(
            function,
            Activation::ThresholdedRelu { .. } | Activation::Shrink { .. }
        )
}

/// The function of an image, and its gradient.
fn graph(function: Activation, shape: &[u64]) -> Result<Graph, GraphError> {
    let mut builder = GraphBuilder::new("random", ElementType::F16);
    builder.layer("layer", "block", LayerKind::Elementwise);
    let x = builder.input("x", shape.to_vec(), ElementType::F16)?;
    let y = builder.activation("y", function, x)?;
    if !function.has_gradient() {
        return builder.finish(vec![y]);
    }
    let gradient = builder.input("gradient", shape.to_vec(), ElementType::F16)?;
    let operand = match function.gradient_operand() {
        tilesim_graph::GradientOperand::Input => x,
        tilesim_graph::GradientOperand::Output => y,
    };
    let kind = OpKind::ActivationGradient(function);
    let dx = builder.op("dx", kind, vec![gradient, operand])?;
    builder.finish(vec![y, dx])
}

/// Values that are far from each other, from the kinks of functions, and from the borders of whole numbers.
fn values(shape: &[u64], positive: bool) -> Tensor {
    let count = shape.iter().product::<u64>();
    let value = |index: u64| ((index * 7 + 3) as f64 * 0.618_033_988_749_895).fract() * 6.0 - 2.987;
    let value = |index: u64| {
        let value = value(index);
        (if positive { value.abs() + 0.1 } else { value }) as f32
    };
    Tensor {
        shape: shape.to_vec(),
        values: (0..count).map(value).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn functions_of_one_operand(
        function in function(),
        shape in prop::collection::vec(1..7_u64, 1..5),
        tiles in prop_oneof![Just(1_u32), Just(2), 3..64_u32],
    ) {
        let graph = graph(function, &shape).expect("a graph");
        let inputs = graph.inputs.iter().map(|&input| {
            let name = graph.tensor(input).name.clone();
            let positive = name == "x" && of_positive(function);
            (name, values(&shape, positive))
        });
        let program = lower(&graph, &machine(tiles), &float(), PlanSource::Own).expect("a program").program;
        let weights = seeded_weights(&graph, 2);
        let difference = compare(&graph, &program, &inputs.collect(), &weights, Mode::Float, 1e-4);
        prop_assert_eq!(difference, None, "{:?}", function);
    }

    /// One behind the other, with reductions and functions of two operands between them, after a convolution.
    #[test]
    fn functions_in_turn(
        convolution in convolution(),
        functions in prop::collection::vec((function(), any::<u32>()), 1..4),
        tiles in prop_oneof![Just(1_u32), Just(2), 3..64_u32],
        floats in any::<bool>(),
    ) {
        let build = || -> Result<Graph, GraphError> {
            let mut builder = GraphBuilder::new("random", ElementType::F16);
            builder.layer("layer", "block", LayerKind::Conv);
            let x = builder.input("x", convolution.input_shape(), ElementType::F16)?;
            let weights = builder.parameter("weights", convolution.weight_shape())?;
            let mut y = builder.convolution("conv", convolution.clone(), x, weights, None)?;
            for (index, &(function, choices)) in functions.iter().enumerate() {
                // What could leave the numbers, or jump where roundings decide, is left to the test above.
                let x = builder.activation(format!("bounded {index}"), Activation::Softsign, y)?;
                y = if of_positive(function) || jumps(function) {
                    x
                } else {
                    builder.activation(format!("function {index}"), function, x)?
                };
                let shape = builder.shape(y).to_vec();
                let reduced: Vec<u64> = shape
                    .iter()
                    .enumerate()
                    .map(|(d, &size)| if choices >> d & 1 == 1 { size } else { 1 })
                    .collect();
                let reduction = [Reduction::Sum, Reduction::Mean, Reduction::SumOfSquares, Reduction::Maximum]
                    [(choices >> 8 & 3) as usize];
                let joined = builder.stated_op(
                    format!("reduction {index}"),
                    OpKind::Reduce(reduction),
                    vec![y],
                    &reduced,
                )?;
                // Equal elements would leave nothing but roundings of their own sums.
                let kind = OpKind::Scale { factor: 0.3 };
                let joined = builder.op(format!("part {index}"), kind, vec![joined])?;
                let binary = [Binary::Add, Binary::Subtract, Binary::Maximum, Binary::Minimum]
                    [(choices >> 10 & 3) as usize];
                let operands = if choices >> 12 & 1 == 1 { (y, joined) } else { (joined, y) };
                y = builder.binary(format!("binary {index}"), binary, operands.0, operands.1)?;
            }
            builder.finish(vec![y])
        };
        let options = if floats { float() } else { half() };
        let graph = build().expect("a graph");
        let difference = first_difference_above(&graph, &machine(tiles), &options, 1.0);
        prop_assert_eq!(difference, None, "{:?}", convolution);
    }
}

/// Large operands of either sign, in halves throughout: nothing overflows where the function does not.
#[test]
fn nothing_overflows_in_halves() {
    let functions = [
        Activation::GeluTanh,
        Activation::ScaledSwish {
            rate: Scalar::new(1.702),
        },
        Activation::elu(1.0),
        Activation::selu(1.673, 1.051),
        Activation::celu(0.5),
        Activation::Softplus,
        Activation::Mish,
    ];
    let values = [-60_000.0, -300.0, -20.0, -1.0, 0.0, 1.0, 20.0, 300.0, 60_000.0];
    let shape = vec![1, values.len() as u64];
    for function in functions {
        let graph = graph(function, &shape).expect("a graph");
        let program = lower(&graph, &machine(2), &half(), PlanSource::Own)
            .expect("a program")
            .program;
        let tensor = |values: Vec<f32>| Tensor {
            shape: shape.clone(),
            values,
        };
        let inputs = [
            ("x".to_owned(), tensor(values.to_vec())),
            ("gradient".to_owned(), tensor(vec![0.5; values.len()])),
        ];
        let weights = seeded_weights(&graph, 2);
        let difference = compare(&graph, &program, &inputs.into(), &weights, Mode::Machine, 2e-3);
        assert_eq!(difference, None, "{function:?}");
    }
}
