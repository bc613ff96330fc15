//! Whatever functions are lowered to, the machine has the kernels.

use proptest::prelude::*;
use tilesim_codelets::{Count, vector};
use tilesim_graph::{
    Activation, Binary, Convolution, ElementType, Graph, GraphBuilder, GraphError, LayerKind, OpKind,
    Reduction, Scalar,
};
use tilesim_lower::{LowerOptions, PlanSource, lower};
use tilesim_machine::Machine;
use tilesim_program::{Action, Precision, Vertex};
use tilesim_test_support::machines::mk2;

fn functions() -> Vec<Activation> {
    let number = Scalar::new;
    vec![
        Activation::Swish,
        Activation::Sigmoid,
        Activation::Relu,
        Activation::Relu6,
        Activation::HardSwish,
        Activation::HardSigmoid,
        Activation::Tanh,
        Activation::Gelu,
        Activation::GeluTanh,
        Activation::ScaledSwish { rate: number(1.702) },
        Activation::LeakyRelu { slope: number(0.1) },
        Activation::selu(1.7, 1.05),
        Activation::Softplus,
        Activation::Softsign,
        Activation::Mish,
        Activation::Ramp {
            slope: number(0.2),
            shift: number(0.5),
        },
        Activation::Clip {
            low: number(-1.0),
            high: number(1.0),
        },
        Activation::ThresholdedRelu {
            threshold: number(1.0),
        },
        Activation::Shrink {
            threshold: number(0.5),
            bias: number(0.1),
        },
        Activation::Exponential,
        Activation::Logarithm,
        Activation::SquareRoot,
        Activation::Reciprocal,
        Activation::Square,
        Activation::Power {
            exponent: number(1.5),
        },
        Activation::Power {
            exponent: number(-0.5),
        },
        Activation::Absolute,
        Activation::Negate,
        Activation::Sign,
        Activation::Floor,
        Activation::Ceiling,
        Activation::Round,
        Activation::Sine,
        Activation::Cosine,
        Activation::ErrorFunction,
    ]
}

/// A convolution, then a function and its gradient, a function of two operands one of which repeats, a reduction and softmax.
fn graph(convolution: &Convolution, function: Activation, choices: u32) -> Result<Graph, GraphError> {
    let mut builder = GraphBuilder::new("random", ElementType::F16);
    builder.layer("layer", "block", LayerKind::Conv);
    let x = builder.input("x", convolution.input_shape(), ElementType::F16)?;
    let weights = builder.parameter("weights", convolution.weight_shape())?;
    let y = builder.convolution("conv", convolution.clone(), x, weights, None)?;
    let shape = builder.shape(y).to_vec();
    let z = builder.activation("function", function, y)?;
    let mut outputs = vec![z];
    if function.has_gradient() {
        let operand = match function.gradient_operand() {
            tilesim_graph::GradientOperand::Input => y,
            tilesim_graph::GradientOperand::Output => z,
        };
        let gradient = builder.input("gradient", shape.clone(), ElementType::F16)?;
        let kind = OpKind::ActivationGradient(function);
        outputs.push(builder.op("function gradient", kind, vec![gradient, operand])?);
    }
    let varies = |from: u32, d: usize| choices >> (from as usize + d) & 1 == 1;
    let masked = |from: u32| -> Vec<u64> {
        let sizes = shape.iter().enumerate();
        sizes
            .map(|(d, &size)| if varies(from, d) { size } else { 1 })
            .collect()
    };
    let binaries = [
        Binary::Add,
        Binary::Subtract,
        Binary::Multiply,
        Binary::Divide,
        Binary::Maximum,
        Binary::Minimum,
        Binary::Power,
    ];
    let binary = binaries[(choices >> 8) as usize % binaries.len()];
    let other = builder.parameter("other", masked(0))?;
    let (left, right) = if varies(12, 0) { (z, other) } else { (other, z) };
    let joined = builder.binary("binary", binary, left, right)?;
    let reductions = [
        Reduction::Sum,
        Reduction::Mean,
        Reduction::SumOfSquares,
        Reduction::Maximum,
    ];
    let kind = OpKind::Reduce(reductions[(choices >> 13) as usize % reductions.len()]);
    outputs.push(builder.stated_op("reduction", kind, vec![joined], &masked(16))?);
    let first = (choices >> 20) as usize % shape.len();
    let kind = OpKind::Softmax {
        axes: first..first + 1,
    };
    outputs.push(builder.op("softmax", kind, vec![joined])?);
    builder.finish(outputs)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn every_step_has_a_kernel(
        (batch, inputs, outputs) in (1..4_u64, 1..20_u64, 1..40_u64),
        field in prop::collection::vec(1..9_u64, 1..3),
        function in prop::sample::select(functions()),
        choices in any::<u32>(),
        tiles in prop_oneof![Just(1_u32), Just(2), 3..64_u32],
        floats in any::<bool>(),
    ) {
        let kernel = vec![1; field.len()];
        let convolution = Convolution::new(batch, inputs, outputs, &field, &kernel);
        let machine = Machine { tiles, ..mk2() };
        let data = if floats { ElementType::F32 } else { ElementType::F16 };
        let options = LowerOptions {
            precision: Precision { data, partials: data },
            ..LowerOptions::default()
        };
        let graph = graph(&convolution, function, choices).expect("a graph");
        let program = lower(&graph, &machine, &options, PlanSource::Own).expect("a program").program;
        for step in &program.steps {
            let Action::Compute(work) = &step.action else {
                continue;
            };
            for class in work.classes() {
                if let Vertex::Vector(vertex) = class.vertex {
                    let cost = vector::cost(&machine, &vertex, Count::Machine);
                    prop_assert!(cost.is_ok(), "{}: {:?}", step.name, cost);
                    prop_assert!(cost.is_ok_and(|cost| cost.cycles.total() > 0), "{}", step.name);
                }
            }
        }
    }
}
