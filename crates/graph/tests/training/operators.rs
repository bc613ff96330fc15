//! The gradient of every operator of the forward pass, against finite differences.

use proptest::prelude::*;
use tilesim_graph::{
    Activation, Binary, Convolution, ElementType, Graph, GraphBuilder, GraphError, LayerKind, Norm, NormKind,
    OpKind, Pool, PoolKind, ProxyActivation, Reduction, Scalar, TensorKind,
    autodiff::vector_jacobian,
    reference::{Precision, Tensor, Tensors, evaluate},
};

/// A graph of one operator: inputs first, then parameters, then statistics.
fn graph_of(kind: OpKind, operands: &[(&[u64], TensorKind)], shape: &[u64]) -> Result<Graph, GraphError> {
    let mut builder = GraphBuilder::new("one operator", ElementType::F32);
    builder.layer("layer", "block", LayerKind::Elementwise);
    let operands = operands
        .iter()
        .enumerate()
        .map(|(index, (shape, kind))| {
            let (name, shape) = (format!("operand{index}"), shape.to_vec());
            match kind {
                TensorKind::Parameter => builder.parameter(name, shape),
                TensorKind::Statistic => builder.statistic(name, shape),
                _ => builder.input(name, shape, ElementType::F32),
            }
        })
        .collect::<Result<Vec<_>, _>>()?;
    let y = builder.stated_op("y", kind, operands, shape)?;
    builder.finish(vec![y])
}

/// Values that are spread over about −2 to 2 and, as far as it goes, far from each other and from the kinks of activations.
fn values(shape: &[u64], seed: u64) -> Tensor {
    let count = shape.iter().product::<u64>();
    // Multiples of the golden ratio fill an interval evenly, whatever their number.
    let value = |index: u64| ((index * 7 + seed + 1) as f64 * 0.618_033_988_749_895).fract() * 4.0 - 2.03;
    Tensor {
        shape: shape.to_vec(),
        values: (0..count).map(value).collect(),
    }
}

/// The same, at least a half away from 0 and positive.
fn magnitudes(shape: &[u64], seed: u64) -> Tensor {
    let mut tensor = values(shape, seed);
    tensor
        .values
        .iter_mut()
        .for_each(|value| *value = value.abs() + 0.5);
    tensor
}

/// Compares every gradient with central differences of Σ y · dy.
fn check(graph: &Graph, given: &Tensors) -> Result<(), TestCaseError> {
    const STEP: f64 = 1e-5;
    let backward = vector_jacobian(graph).expect("a backward pass");
    let dy = values(&graph.tensor(graph.outputs[0]).shape, 3);
    let loss = |given: &Tensors| -> f64 {
        let y = &evaluate(graph, given, Precision::Double).expect("values")["y"];
        y.values.iter().zip(&dy.values).map(|(y, dy)| y * dy).sum()
    };
    let mut with_gradient = given.clone();
    with_gradient.insert("y/gradient".to_owned(), dy.clone());
    let computed = evaluate(&backward.graph, &with_gradient, Precision::Double).expect("values");
    prop_assert!(!backward.gradients.is_empty());
    for (of, gradient) in &backward.gradients {
        let name = &graph.tensor(*of).name;
        let gradient = &computed[&backward.graph.tensor(*gradient).name];
        prop_assert_eq!(&gradient.shape, &graph.tensor(*of).shape);
        for index in 0..gradient.values.len() {
            let moved = |step: f64| {
                let mut given = given.clone();
                if let Some(tensor) = given.get_mut(name) {
                    tensor.values[index] += step;
                }
                loss(&given)
            };
            let expected = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            let got = gradient.values[index];
            prop_assert!(
                (got - expected).abs() <= 1e-5 * (1.0 + expected.abs()),
                "gradient of {name} at {index}: {got}, finite difference {expected}"
            );
        }
    }
    Ok(())
}

/// The same of one operator, with values made up.
pub(super) fn check_op(
    kind: OpKind,
    operands: &[(&[u64], TensorKind)],
    shape: &[u64],
    seed: u64,
) -> Result<(), TestCaseError> {
    let graph = graph_of(kind, operands, shape).expect("a graph");
    let given = operands
        .iter()
        .enumerate()
        .map(|(index, (shape, kind))| {
            let mut tensor = values(shape, seed + 11 * index as u64);
            if *kind == TensorKind::Statistic {
                // Deviations are positive.
                tensor
                    .values
                    .iter_mut()
                    .for_each(|value| *value = value.abs() + 0.5);
            }
            (format!("operand{index}"), tensor)
        })
        .collect();
    check(&graph, &given)
}

const ACTIVATIONS: [Activation; 8] = [
    Activation::Swish,
    Activation::Sigmoid,
    Activation::Relu,
    Activation::Relu6,
    Activation::HardSwish,
    Activation::HardSigmoid,
    Activation::Tanh,
    Activation::Gelu,
];
const BINARIES: [Binary; 7] = [
    Binary::Add,
    Binary::Subtract,
    Binary::Multiply,
    Binary::Divide,
    Binary::Maximum,
    Binary::Minimum,
    Binary::Power,
];

/// Functions of one operand beside the eight, of any values and of positive ones.
fn other_functions() -> [Vec<Activation>; 2] {
    let number = Scalar::new;
    let any = vec![
        Activation::GeluTanh,
        Activation::ScaledSwish { rate: number(1.702) },
        Activation::LeakyRelu { slope: number(0.1) },
        Activation::elu(0.7),
        Activation::selu(1.673, 1.051),
        Activation::celu(1.3),
        Activation::Softplus,
        Activation::Softsign,
        Activation::Mish,
        Activation::Ramp {
            slope: number(0.2),
            shift: number(0.5),
        },
        Activation::Clip {
            low: number(-0.4),
            high: number(f64::INFINITY),
        },
        Activation::ThresholdedRelu {
            threshold: number(0.6),
        },
        Activation::Shrink {
            threshold: number(0.5),
            bias: number(0.3),
        },
        Activation::Exponential,
        Activation::Square,
        Activation::Power {
            exponent: number(3.0),
        },
        Activation::Absolute,
        Activation::Negate,
        Activation::Sine,
        Activation::Cosine,
        Activation::ErrorFunction,
    ];
    let positive = vec![
        Activation::Logarithm,
        Activation::SquareRoot,
        Activation::Reciprocal,
        Activation::Power {
            exponent: number(1.7),
        },
    ];
    [any, positive]
}
use TensorKind::{Input, Parameter, Statistic};

fn convolution() -> impl Strategy<Value = Convolution> {
    let dimension = (
        1..6_u64,
        1..4_u64,
        1..3_u64,
        1..3_u64,
        1..3_u64,
        -1..3_i64,
        -1..3_i64,
        any::<bool>(),
    );
    (
        1..3_u64,
        1..3_u64,
        1..3_u64,
        1..3_u64,
        prop::collection::vec(dimension, 1..3),
    )
        .prop_map(|(batch, groups, inputs, outputs, dimensions)| Convolution {
            batch,
            conv_groups: groups,
            in_channels_per_group: inputs,
            out_channels_per_group: outputs,
            input: dimensions.iter().map(|d| d.0).collect(),
            kernel: dimensions.iter().map(|d| d.1).collect(),
            stride: dimensions.iter().map(|d| d.2).collect(),
            input_dilation: dimensions.iter().map(|d| d.3).collect(),
            kernel_dilation: dimensions.iter().map(|d| d.4).collect(),
            padding_lower: dimensions.iter().map(|d| d.5).collect(),
            padding_upper: dimensions.iter().map(|d| d.6).collect(),
            flip_kernel: dimensions.iter().map(|d| d.7).collect(),
        })
        .prop_filter("the kernel fits", |convolution| convolution.validate().is_ok())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn convolutions(convolution in convolution(), seed in 0..100_u64) {
        let bias = [convolution.out_channels()];
        let operands: [(&[u64], TensorKind); 3] = [
            (&convolution.input_shape(), Input),
            (&convolution.weight_shape(), Parameter),
            (&bias, Parameter),
        ];
        check_op(OpKind::Convolution(convolution.clone()), &operands, &[], seed)?;
    }

    #[test]
    fn transposed_convolutions(forward in convolution(), seed in 0..100_u64) {
        let bias = [forward.in_channels()];
        let operands: [(&[u64], TensorKind); 3] = [
            (&forward.output_shape(), Input),
            (&forward.weight_shape(), Parameter),
            (&bias, Parameter),
        ];
        check_op(OpKind::ConvolutionInputGradient(forward.clone()), &operands, &[], seed)?;
    }

    #[test]
    fn fully_connected_layers((batch, inputs, outputs) in (1..4_u64, 1..4_u64, 1..4_u64), seed in 0..100_u64) {
        let operands: [(&[u64], TensorKind); 3] =
            [(&[batch, inputs], Input), (&[outputs, inputs], Parameter), (&[outputs], Parameter)];
        check_op(OpKind::FullyConnected, &operands, &[], seed)?;
    }

    #[test]
    fn norms(
        (groups, per_group) in (1..4_u64, 1..3_u64),
        (gamma, beta) in any::<(bool, bool)>(),
        which in 0..4_usize,
        seed in 0..100_u64,
    ) {
        let channels = groups * per_group;
        let kind = [
            NormKind::CurrentBatch,
            NormKind::contiguous(groups),
            NormKind::strided(groups),
            NormKind::Batch,
        ][which];
        let norm = Norm { kind, epsilon: 1e-3, gamma, beta };
        let x = [2, channels, 2, 3];
        let parameter = [channels];
        let mut operands: Vec<(&[u64], TensorKind)> = vec![(&x, Input)];
        operands.extend(norm.parameter_roles().iter().map(|role| {
            let stored = matches!(*role, "mean" | "variance");
            (parameter.as_slice(), if stored { Statistic } else { Parameter })
        }));
        check_op(OpKind::Norm(norm), &operands, &[], seed)?;
    }

    #[test]
    fn activations(index in 0..ACTIVATIONS.len(), seed in 0..100_u64) {
        check_op(OpKind::Activation(ACTIVATIONS[index]), &[(&[2, 3, 5], Input)], &[], seed)?;
    }

    #[test]
    fn other_functions_of_one_operand(which in any::<prop::sample::Index>(), seed in 0..100_u64) {
        let [any, positive] = other_functions();
        let function = which.index(any.len() + positive.len());
        let shape: &[u64] = &[2, 3, 5];
        if let Some(function) = any.get(function) {
            return check_op(OpKind::Activation(*function), &[(shape, Input)], &[], seed);
        }
        let function = positive[function - any.len()];
        let graph = graph_of(OpKind::Activation(function), &[(shape, Input)], &[]).expect("a graph");
        check(&graph, &[("operand0".to_owned(), magnitudes(shape, seed))].into())?;
    }

    #[test]
    fn reductions(kept in 0..8_u32, which in 0..4_usize, seed in 0..100_u64) {
        let shape = [2, 3, 4];
        let reduced: Vec<u64> = (0..3).map(|d| if kept >> d & 1 == 1 { shape[d] } else { 1 }).collect();
        let reduction = [Reduction::Sum, Reduction::Mean, Reduction::SumOfSquares, Reduction::Maximum][which];
        check_op(OpKind::Reduce(reduction), &[(&shape, Input)], &reduced, seed)?;
        check_op(OpKind::Broadcast, &[(&reduced, Input)], &shape, seed)?;
    }

    #[test]
    fn proxy_activations(index in 0..ACTIVATIONS.len(), scale in any::<bool>(), seed in 0..100_u64) {
        let proxy = ProxyActivation { activation: ACTIVATIONS[index], scale, epsilon: 0.03 };
        let channels: &[u64] = &[3];
        let operands: [(&[u64], TensorKind); 5] = [
            (&[2, 3, 2], Input),
            (channels, Parameter),
            (channels, Parameter),
            (channels, Statistic),
            (channels, Statistic),
        ];
        check_op(OpKind::ProxyActivation(proxy), &operands, &[], seed)?;
    }

    #[test]
    fn functions_of_two_operands(
        index in 0..BINARIES.len(),
        sizes in prop::collection::vec((1..4_u64, 0..3_u8), 1..4),
        seed in 0..100_u64,
    ) {
        let left: Vec<u64> = sizes.iter().map(|&(size, which)| if which == 0 { 1 } else { size }).collect();
        let right: Vec<u64> = sizes.iter().map(|&(size, which)| if which == 1 { 1 } else { size }).collect();
        // Statistics are positive, as divisors should be; here they stand among the inputs.
        let graph = graph_of(OpKind::Binary(BINARIES[index]), &[(&left, Input), (&right, Input)], &[]).expect("a graph");
        let divisor = magnitudes(&right, seed);
        // What is raised to a power is positive.
        let first = if BINARIES[index] == Binary::Power { magnitudes(&left, seed + 5) } else { values(&left, seed) };
        let given = [("operand0".to_owned(), first), ("operand1".to_owned(), divisor)];
        check(&graph, &given.into())?;
    }

    #[test]
    fn pools(
        (kernel, stride, lower, upper) in (1..4_u64, 1..3_u64, 0..2_u64, 0..2_u64),
        (dilation, uncounted) in (1..3_u64, 0..2_u64),
        (largest, count_include_pad) in any::<(bool, bool)>(),
        seed in 0..100_u64,
    ) {
        let (lower, upper) = (lower.min(kernel - 1), upper.min(kernel - 1));
        let kind = if largest { PoolKind::Max } else { PoolKind::Average };
        let mut pool = Pool::new(kind, &[kernel; 2], &[stride; 2]).padded(&[lower; 2], &[upper; 2]);
        pool.count_include_pad = count_include_pad;
        // As far as windows stay within the input.
        if (kernel - 1) * dilation < 4 {
            pool.dilation.fill(dilation);
        }
        pool.uncounted.fill(uncounted.min(upper));
        check_op(OpKind::Pool(pool), &[(&[1, 2, 4, 5], Input)], &[], seed)?;
    }

    #[test]
    fn means_softmax_shapes_and_scales(which in 0..6_usize, seed in 0..100_u64) {
        let kind = [
            OpKind::GlobalAveragePool,
            OpKind::Softmax { axes: 1..2 },
            OpKind::Softmax { axes: 1..3 },
            OpKind::Softmax { axes: 2..3 },
            OpKind::Reshape,
            OpKind::Scale { factor: -0.3 },
        ][which].clone();
        check_op(kind, &[(&[2, 3, 2], Input)], &[2, 6], seed)?;
    }

    /// A tensor with several readers, one of which repeats what it gives back.
    #[test]
    fn gates(seed in 0..100_u64) {
        let build = || -> Result<Graph, GraphError> {
            let mut builder = GraphBuilder::new("gate", ElementType::F32);
            builder.layer("layer", "block", LayerKind::SqueezeExciteMultiply);
            let x = builder.input("operand0", vec![2, 3, 2, 2], ElementType::F32)?;
            let mean = builder.global_average_pool("mean", x)?;
            let gate = builder.activation("gate", Activation::Sigmoid, mean)?;
            let product = builder.binary("product", Binary::Multiply, x, gate)?;
            let y = builder.binary("y", Binary::Add, product, x)?;
            builder.finish(vec![y])
        };
        let given = [("operand0".to_owned(), values(&[2, 3, 2, 2], seed))];
        check(&build().expect("a graph"), &given.into())?;
    }
}
