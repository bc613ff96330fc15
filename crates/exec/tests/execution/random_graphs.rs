//! Random small graphs on small machines: every operator as the plain evaluator computes it, whatever the plan.

use crate::common::{convolution, first_difference, float, half, machine};
use proptest::prelude::*;
use tilesim_graph::{
    Activation, Binary, Convolution, ElementType, Graph, GraphBuilder, GraphError, LayerKind, Norm, NormKind,
    OpKind, Pool, PoolKind,
};
use tilesim_lower::LowerOptions;
use tilesim_terms::{
    Framework, FunctionCopies, HostIo, HostTransfers, NetworkInput, Placing, Software, SwishKernel,
};

/// A convolution with what usually stands around one.
fn graph(convolution: &Convolution, choices: u32) -> Result<Graph, GraphError> {
    let chosen = |bit: u32| choices >> bit & 1 == 1;
    let mut builder = GraphBuilder::new("random", ElementType::F16);
    builder.layer("layer", "block", LayerKind::Conv);
    // One in four is transposed.
    let transposed = chosen(14) && chosen(15);
    let (shape, channels) = if transposed {
        (convolution.output_shape(), convolution.in_channels())
    } else {
        (convolution.input_shape(), convolution.out_channels())
    };
    let x = builder.input("x", shape, ElementType::F16)?;
    let weights = builder.parameter("weights", convolution.weight_shape())?;
    let bias = if chosen(0) {
        Some(builder.parameter("bias", vec![channels])?)
    } else {
        None
    };
    let mut y = if transposed {
        let kind = OpKind::ConvolutionInputGradient(convolution.clone());
        builder.op("conv", kind, [x, weights].into_iter().chain(bias).collect())?
    } else {
        builder.convolution("conv", convolution.clone(), x, weights, bias)?
    };
    if chosen(1) {
        let groups = if chosen(2) { convolution.conv_groups } else { 1 };
        let norm = Norm {
            kind: if chosen(13) {
                NormKind::strided(groups)
            } else {
                NormKind::contiguous(groups)
            },
            epsilon: 1e-3,
            gamma: chosen(11),
            beta: chosen(12),
        };
        let mut parameters = Vec::new();
        for role in norm.parameter_roles() {
            parameters.push(builder.parameter(role, vec![channels])?);
        }
        y = builder.norm("norm", norm, y, &parameters)?;
    }
    let activation = match choices >> 3 & 3 | choices >> 12 & 4 {
        0 => Activation::Swish,
        1 => Activation::HardSwish,
        2 => Activation::Relu6,
        3 => Activation::Sigmoid,
        4 => Activation::GeluTanh,
        5 => Activation::Mish,
        6 => Activation::elu(1.0),
        _ => Activation::Softplus,
    };
    y = builder.activation("activation", activation, y)?;
    if chosen(5) {
        // Squeeze and excite.
        let mean = builder.global_average_pool("squeeze", y)?;
        let flat = builder.reshape("flat", mean, &[convolution.batch, channels])?;
        let excite = builder.parameter("excite weights", vec![channels, channels])?;
        let gate = builder.fully_connected("excite", flat, excite, None)?;
        let gate = builder.activation("gate", Activation::Sigmoid, gate)?;
        let mut shape = vec![1; convolution.dimensions() + 2];
        shape[0] = convolution.batch;
        shape[1] = channels;
        let gate = builder.reshape("gate shape", gate, &shape)?;
        y = builder.binary("scale", Binary::Multiply, y, gate)?;
    }
    if chosen(6) {
        let dimensions = convolution.dimensions();
        let kind = if chosen(7) {
            PoolKind::Max
        } else {
            PoolKind::Average
        };
        let stride = vec![if chosen(8) { 1 } else { 2 }; dimensions];
        let mut pool = Pool::new(kind, &vec![2; dimensions], &stride);
        pool.count_include_pad = chosen(9);
        // Every window has an element of the input.
        let dilation = if chosen(16) { 2 } else { 1 };
        let rounded = u64::from(chosen(17) && dilation == 1);
        pool.dilation.fill(dilation);
        pool.padding_lower.fill(dilation);
        pool.padding_upper.fill(rounded);
        pool.uncounted.fill(rounded);
        y = builder.pool("pool", pool, y)?;
    }
    if chosen(10) {
        let mean = builder.global_average_pool("mean", y)?;
        let flat = builder.reshape("features", mean, &[convolution.batch, channels])?;
        y = builder.softmax("softmax", flat)?;
    }
    builder.finish(vec![y])
}

/// What a framework decides; nothing unusual half of the time.
fn framework(choices: u32) -> Framework {
    let chosen = |bit: u32| choices & 1 == 1 && choices >> bit & 1 == 1;
    Framework {
        function_copies: if chosen(1) {
            FunctionCopies::Held
        } else {
            FunctionCopies::Elided
        },
        norm: if chosen(2) {
            Placing::OutOfPlace
        } else {
            Placing::InPlace
        },
        input: if chosen(4) {
            NetworkInput::LaidOut
        } else {
            NetworkInput::AsSent
        },
        ..Framework::default()
    }
}

/// What a release of the library does.
fn software(choices: u32) -> Software {
    Software {
        swish: match choices % 4 {
            0 => SwishKernel::Composed,
            1 => SwishKernel::FusedInPlace,
            _ => SwishKernel::Fused,
        },
        ..Software::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn programs_compute_what_their_graphs_say(
        convolution in convolution(),
        choices in any::<u32>(),
        tiles in prop_oneof![Just(1_u32), Just(2), 3..64_u32, Just(256)],
        floats in any::<bool>(),
        io_tiles in prop_oneof![2 => Just(None), 1 => (1_u32..6).prop_map(Some)],
    ) {
        let graph = graph(&convolution, choices).expect("a graph");
        let options = if floats { float() } else { half() };
        let overlapped = HostTransfers { io_tiles, ..HostIo::Overlapped.into() };
        let host = if io_tiles.is_some() && overlapped.fault(tiles).is_none() { overlapped } else { options.host };
        let options = LowerOptions {
            host,
            framework: framework(choices >> 18),
            software: software(choices >> 20),
            ..options
        };
        let difference = first_difference(&graph, &machine(tiles), &options);
        prop_assert_eq!(difference, None, "{:?}", convolution);
    }
}
