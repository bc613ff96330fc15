//! A small network of inverted bottlenecks, group size 8, group norms, against `PyTorch` in single precision.

use tilesim_graph::{
    Activation, Binary, Convolution, ElementType, Graph, GraphBuilder, GraphError, LayerKind, Norm, NormKind,
    TensorId, TrainingOptions,
    reference::{Precision, Tensor, evaluate},
    training_graph,
};

use tilesim_test_support::reference;

use crate::{onnx_initialisers::initialisers, reference_data};

const BATCH: u64 = 4;

struct Network {
    builder: GraphBuilder,
}

/// One block: names of its convolutions and norms follow timm.
struct Block {
    name: &'static str,
    expanded: Option<u64>,
    out_channels: u64,
    groups: u64,
    kernel: u64,
    stride: u64,
}

impl Network {
    fn convolution(
        &mut self,
        name: &str,
        x: TensorId,
        (out_channels, groups, kernel, stride): (u64, u64, u64, u64),
        bias: bool,
    ) -> Result<TensorId, GraphError> {
        let shape = self.builder.shape(x).to_vec();
        let convolution = Convolution::new(BATCH, shape[1], out_channels, &shape[2..], &[kernel, kernel])
            .strided(stride)
            .padded(kernel / 2)
            .grouped(groups)
            .expect("groups divide the channels");
        let weights = self
            .builder
            .parameter(format!("{name}.weight"), convolution.weight_shape())?;
        let bias = if bias {
            Some(
                self.builder
                    .parameter(format!("{name}.bias"), vec![out_channels])?,
            )
        } else {
            None
        };
        self.builder.convolution(name, convolution, x, weights, bias)
    }

    fn norm(&mut self, name: &str, x: TensorId, activated: bool) -> Result<TensorId, GraphError> {
        let channels = self.builder.shape(x)[1];
        let norm = Norm {
            kind: NormKind::contiguous(4),
            epsilon: 1e-5,
            gamma: true,
            beta: true,
        };
        let gamma = self.builder.parameter(format!("{name}.weight"), vec![channels])?;
        let beta = self.builder.parameter(format!("{name}.bias"), vec![channels])?;
        let y = self.builder.norm(name, norm, x, &[gamma, beta])?;
        if activated {
            self.builder
                .activation(format!("{name}.act"), Activation::Swish, y)
        } else {
            Ok(y)
        }
    }

    fn block(&mut self, block: &Block, input: TensorId) -> Result<TensorId, GraphError> {
        let name = block.name;
        let mut x = input;
        let mut norms = 1..;
        let mut next_norm = || format!("{name}.bn{}", norms.next().unwrap_or_default());
        if let Some(channels) = block.expanded {
            x = self.convolution(&format!("{name}.conv_pw"), x, (channels, 1, 1, 1), false)?;
            x = self.norm(&next_norm(), x, true)?;
        }
        let channels = self.builder.shape(x)[1];
        let spatial = (channels, block.groups, block.kernel, block.stride);
        x = self.convolution(&format!("{name}.conv_dw"), x, spatial, false)?;
        x = self.norm(&next_norm(), x, true)?;
        let mean = self.builder.global_average_pool(format!("{name}.se.mean"), x)?;
        let reduced = self.convolution(&format!("{name}.se.conv_reduce"), mean, (4, 1, 1, 1), true)?;
        let reduced = self
            .builder
            .activation(format!("{name}.se.act"), Activation::Swish, reduced)?;
        let gate = self.convolution(
            &format!("{name}.se.conv_expand"),
            reduced,
            (channels, 1, 1, 1),
            true,
        )?;
        let gate = self
            .builder
            .activation(format!("{name}.se.gate"), Activation::Sigmoid, gate)?;
        x = self
            .builder
            .binary(format!("{name}.se.multiply"), Binary::Multiply, x, gate)?;
        let project = if block.expanded.is_some() {
            "conv_pwl"
        } else {
            "conv_pw"
        };
        x = self.convolution(
            &format!("{name}.{project}"),
            x,
            (block.out_channels, 1, 1, 1),
            false,
        )?;
        x = self.norm(&next_norm(), x, false)?;
        if self.builder.shape(x) == self.builder.shape(input) && block.stride == 1 {
            x = self
                .builder
                .binary(format!("{name}.add"), Binary::Add, x, input)?;
        }
        Ok(x)
    }
}

fn network() -> Result<Graph, GraphError> {
    let mut builder = GraphBuilder::new("tiny", ElementType::F32);
    builder.layer("network", "network", LayerKind::Conv);
    let input = builder.input("input", vec![BATCH, 3, 32, 32], ElementType::F32)?;
    let mut network = Network { builder };
    let x = network.convolution("conv_stem", input, (16, 1, 3, 2), false)?;
    let mut x = network.norm("bn1", x, true)?;
    let blocks = [
        ("blocks.0.0", None, 16, 2, 3, 1),
        ("blocks.1.0", Some(64), 16, 8, 3, 2),
        ("blocks.1.1", Some(64), 16, 8, 3, 1),
        ("blocks.2.0", Some(64), 24, 8, 5, 2),
    ];
    for (name, expanded, out_channels, groups, kernel, stride) in blocks {
        let block = Block {
            name,
            expanded,
            out_channels,
            groups,
            kernel,
            stride,
        };
        x = network.block(&block, x)?;
    }
    x = network.convolution("conv_head", x, (64, 1, 1, 1), false)?;
    x = network.norm("bn2", x, true)?;
    let mut builder = network.builder;
    let mean = builder.global_average_pool("mean", x)?;
    let flat = builder.reshape("flat", mean, &[BATCH, 64])?;
    let weights = builder.parameter("classifier.weight", vec![10, 64])?;
    let bias = builder.parameter("classifier.bias", vec![10])?;
    let logits = builder.fully_connected("logits", flat, weights, Some(bias))?;
    builder.finish(vec![logits])
}

/// Largest error of any gradient, relative to that gradient's largest magnitude.
const TOLERANCE: f64 = 1e-4;

#[test]
fn every_gradient_of_the_tiny_network_is_pytorch_s() {
    let (Some(reference), Some(model)) = (
        reference_data::arrays("tiny_g8_gn_reference.npz"),
        reference::network("tiny_g8_gn.onnx"),
    ) else {
        return;
    };
    let options = TrainingOptions {
        dropout: 0.0,
        input_gradients: true,
        ..TrainingOptions::default()
    };
    let training = training_graph(&network().expect("a network"), &options).expect("a training graph");
    let mut given = initialisers(&std::fs::read(model).expect("the model"));
    given.insert("input".to_owned(), reference["input"].clone());
    given.insert("labels".to_owned(), reference["labels"].clone());
    given.insert("learning_rate".to_owned(), Tensor::filled(&[1], 0.1));
    // Accumulators and slots start at 0.
    for tensor in &training.graph.tensors {
        if tensor.kind == tilesim_graph::TensorKind::OptimiserState {
            given.insert(tensor.name.clone(), Tensor::filled(&tensor.shape, 0.0));
        }
    }
    let values = evaluate(&training.graph, &given, Precision::Single).expect("values");
    let value = |id| &values[&training.graph.tensor(id).name];

    let logits = value(training.logits).relative_error(&reference["logits"]);
    assert!(logits < TOLERANCE, "logits are off by {logits:e}");
    let loss = value(training.loss).values[0];
    let expected = reference["loss"].values[0];
    assert!(
        ((loss - expected) / expected).abs() < TOLERANCE,
        "loss {loss}, expected {expected}"
    );

    let mut worst = 0.0_f64;
    let gradients: Vec<&String> = reference
        .keys()
        .filter(|name| name.starts_with("grad/"))
        .collect();
    assert_eq!(training.parameters.len() + 1, gradients.len());
    for trained in &training.parameters {
        let name = &training.graph.tensor(trained.parameter).name;
        let error = value(trained.gradient).relative_error(&reference[&format!("grad/{name}")]);
        assert!(error < TOLERANCE, "the gradient of {name} is off by {error:e}");
        worst = worst.max(error);
    }
    let input = value(training.input_gradients[0]);
    let unscaled = Tensor {
        shape: input.shape.clone(),
        values: input
            .values
            .iter()
            .map(|value| value / options.loss_scale)
            .collect(),
    };
    let error = unscaled.relative_error(&reference["grad/input"]);
    assert!(error < TOLERANCE, "the gradient of the input is off by {error:e}");
    println!("largest relative error: {:e}", worst.max(error));
}
