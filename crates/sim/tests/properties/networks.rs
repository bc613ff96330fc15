//! Small random networks of all operators that lowering knows.

use proptest::prelude::*;
use tilesim_graph::{
    Activation, Binary, Convolution, ElementType, Graph, GraphBuilder, LayerKind, Norm, NormKind, Pool,
    PoolKind, ProxyActivation, TensorId,
};

/// A convolution: what becomes of its input's channels and field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConvolutionRecipe {
    /// Output channels per group.
    out_channels: u64,
    /// As many groups as divide the channels, at most so many.
    groups: u64,
    kernel: u64,
    stride: u64,
    /// Zeros on each side; none is `None`.
    padding: Option<u64>,
    bias: bool,
}

/// One piece of a network.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Block {
    Convolution(ConvolutionRecipe),
    Activation(Activation),
    SqueezeExcite {
        channels: u64,
    },
    Residual {
        kernel: u64,
        groups: u64,
    },
    Pool {
        kind: PoolKind,
        kernel: u64,
        stride: u64,
        padded: bool,
    },
    Norm {
        groups: u64,
        gamma: bool,
        beta: bool,
    },
    BatchNorm,
    ProxyActivation {
        scale: bool,
    },
}

/// A network.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    batch: u64,
    channels: u64,
    field: [u64; 2],
    blocks: Vec<Block>,
    /// Classes, if a classifier ends it.
    classes: Option<u64>,
    softmax: bool,
}

/// Any network.
pub(crate) fn recipe() -> impl Strategy<Value = Recipe> {
    (
        (1_u64..4, 1_u64..20, [3_u64..13, 3_u64..13]),
        proptest::collection::vec(block(), 1..5),
        proptest::option::of(1_u64..30),
        any::<bool>(),
    )
        .prop_map(|((batch, channels, field), blocks, classes, softmax)| Recipe {
            batch,
            channels,
            field,
            blocks,
            classes,
            softmax,
        })
}

/// Any network, built.
pub(crate) fn network() -> impl Strategy<Value = Graph> {
    recipe().prop_map(|recipe| recipe.build())
}

fn block() -> impl Strategy<Value = Block> {
    let convolution = (
        1_u64..20,
        1_u64..20,
        1_u64..6,
        1_u64..3,
        proptest::option::of(0_u64..3),
        any::<bool>(),
    )
        .prop_map(|(out_channels, groups, kernel, stride, padding, bias)| {
            Block::Convolution(ConvolutionRecipe {
                out_channels,
                groups,
                kernel,
                stride,
                padding,
                bias,
            })
        });
    let activation = prop_oneof![
        Just(Activation::Swish),
        Just(Activation::Sigmoid),
        Just(Activation::Relu),
        Just(Activation::Relu6),
        Just(Activation::HardSwish),
    ];
    let kind = prop_oneof![Just(PoolKind::Max), Just(PoolKind::Average)];
    prop_oneof![
        5 => convolution,
        2 => activation.prop_map(Block::Activation),
        2 => (1_u64..8).prop_map(|channels| Block::SqueezeExcite { channels }),
        2 => (1_u64..4, 1_u64..20).prop_map(|(kernel, groups)| Block::Residual { kernel: 2 * kernel - 1, groups }),
        1 => (kind, 1_u64..4, 1_u64..3, any::<bool>()).prop_map(|(kind, kernel, stride, padded)| Block::Pool {
            kind,
            kernel,
            stride,
            padded,
        }),
        1 => (1_u64..5, any::<(bool, bool)>()).prop_map(|(groups, (gamma, beta))| Block::Norm { groups, gamma, beta }),
        1 => Just(Block::BatchNorm),
        1 => any::<bool>().prop_map(|scale| Block::ProxyActivation { scale }),
    ]
}

impl Recipe {
    /// The network; what does not fit the sizes at hand is made smaller.
    pub(crate) fn build(&self) -> Graph {
        let mut shape = vec![self.batch, self.channels];
        shape.extend(self.field);
        let mut builder = GraphBuilder::new("random", ElementType::F16);
        let input = builder.input("image", shape, ElementType::F16).expect("an input");
        let mut network = Network {
            builder,
            last: input,
            tensors: 0,
        };
        for (index, block) in self.blocks.iter().enumerate() {
            network.add(&format!("block{index}"), *block);
        }
        if let Some(classes) = self.classes {
            network.classify(classes, self.softmax);
        }
        let Network { builder, last, .. } = network;
        builder.finish(vec![last]).expect("a graph")
    }
}

/// A network under construction.
struct Network {
    builder: GraphBuilder,
    last: TensorId,
    tensors: usize,
}

impl Network {
    fn name(&mut self, what: &str) -> String {
        self.tensors += 1;
        format!("{what}{}", self.tensors)
    }

    fn shape(&self) -> Vec<u64> {
        self.builder.shape(self.last).to_vec()
    }

    fn parameter(&mut self, shape: Vec<u64>) -> TensorId {
        let name = self.name("parameter");
        self.builder.parameter(name, shape).expect("a parameter")
    }

    fn channel_parameters<const COUNT: usize>(&mut self) -> [TensorId; COUNT] {
        let channels = self.shape()[1];
        std::array::from_fn(|_| self.parameter(vec![channels]))
    }

    fn add(&mut self, name: &str, block: Block) {
        let kind = match block {
            Block::Convolution(_) | Block::Residual { .. } => LayerKind::Conv,
            Block::SqueezeExcite { .. } => LayerKind::SqueezeExciteFc,
            Block::Pool { .. } => LayerKind::Pool,
            Block::Activation(_) | Block::Norm { .. } | Block::BatchNorm | Block::ProxyActivation { .. } => {
                LayerKind::Elementwise
            }
        };
        self.builder.layer(name, name, kind);
        match block {
            Block::Convolution(recipe) => self.convolve(recipe),
            Block::Activation(activation) => self.activate(activation),
            Block::SqueezeExcite { channels } => self.squeeze_excite(channels),
            Block::Residual { kernel, groups } => self.residual(kernel, groups),
            Block::Pool {
                kind,
                kernel,
                stride,
                padded,
            } => self.pool(kind, kernel, stride, padded),
            Block::Norm { groups, gamma, beta } => {
                let groups = largest_divisor(self.shape()[1], groups);
                // Whoever shifts without scaling strides.
                let kind = if gamma {
                    NormKind::contiguous(groups)
                } else {
                    NormKind::strided(groups)
                };
                self.norm(kind, gamma, beta);
            }
            Block::BatchNorm => self.norm(NormKind::Batch, true, true),
            Block::ProxyActivation { scale } => {
                let parameters = self.channel_parameters();
                let proxy = ProxyActivation {
                    activation: Activation::Swish,
                    scale,
                    epsilon: 1e-3,
                };
                let name = self.name("proxy");
                self.last = self
                    .builder
                    .proxy_activation(name, proxy, self.last, parameters)
                    .expect("a proxy-normalised activation");
            }
        }
    }

    fn convolve(&mut self, recipe: ConvolutionRecipe) {
        let shape = self.shape();
        let field = &shape[2..];
        let smallest = field.iter().copied().min().unwrap_or(1);
        let groups = largest_divisor(shape[1], recipe.groups);
        // The kernel lies within the padded field, and less than its size is padded.
        let kernel = recipe.kernel.min(smallest);
        let padding = recipe.padding.unwrap_or(0).min(kernel - 1);
        let convolution = Convolution::new(
            shape[0],
            shape[1],
            groups * recipe.out_channels,
            field,
            &vec![kernel; field.len()],
        )
        .grouped(groups)
        .expect("groups that divide the channels")
        .strided(recipe.stride)
        .padded(padding);
        let weights = self.parameter(convolution.weight_shape());
        let bias = recipe
            .bias
            .then(|| self.parameter(vec![convolution.out_channels()]));
        let name = self.name("convolution");
        self.last = self
            .builder
            .convolution(name, convolution, self.last, weights, bias)
            .expect("a convolution");
    }

    fn activate(&mut self, activation: Activation) {
        let name = self.name("activation");
        self.last = self
            .builder
            .activation(name, activation, self.last)
            .expect("an activation");
    }

    fn pointwise(&mut self, out_channels: u64) {
        self.convolve(ConvolutionRecipe {
            out_channels,
            groups: 1,
            kernel: 1,
            stride: 1,
            padding: None,
            bias: true,
        });
    }

    fn squeeze_excite(&mut self, channels: u64) {
        let input = self.last;
        let all = self.shape()[1];
        let name = self.name("squeeze");
        self.last = self.builder.global_average_pool(name, input).expect("a mean");
        self.pointwise(channels);
        self.activate(Activation::Swish);
        self.pointwise(all);
        self.activate(Activation::Sigmoid);
        let name = self.name("excite");
        self.last = self
            .builder
            .binary(name, Binary::Multiply, input, self.last)
            .expect("a product");
    }

    fn residual(&mut self, kernel: u64, groups: u64) {
        let input = self.last;
        let shape = self.shape();
        let smallest = shape[2..].iter().copied().min().unwrap_or(1);
        let kernel = kernel.min(smallest - u64::from(smallest.is_multiple_of(2)));
        let groups = largest_divisor(shape[1], groups);
        self.convolve(ConvolutionRecipe {
            out_channels: shape[1] / groups,
            groups,
            kernel,
            stride: 1,
            padding: Some(kernel / 2),
            bias: false,
        });
        let name = self.name("sum");
        self.last = self
            .builder
            .binary(name, Binary::Add, self.last, input)
            .expect("a sum");
    }

    fn pool(&mut self, kind: PoolKind, kernel: u64, stride: u64, padded: bool) {
        let shape = self.shape();
        let kernel = shape[2..].iter().copied().min().unwrap_or(1).min(kernel);
        let dimensions = shape.len() - 2;
        let padding = vec![if padded { kernel / 2 } else { 0 }; dimensions];
        let pool = Pool::new(kind, &vec![kernel; dimensions], &vec![stride; dimensions]);
        let pool = pool.padded(&padding, &padding);
        let name = self.name("pool");
        self.last = self.builder.pool(name, pool, self.last).expect("a pool");
    }

    fn norm(&mut self, kind: NormKind, gamma: bool, beta: bool) {
        let channels = self.shape()[1];
        let norm = Norm {
            kind,
            epsilon: 1e-3,
            gamma,
            beta,
        };
        let statistics = if kind == NormKind::Batch { 2 } else { 0 };
        let count = usize::from(gamma) + usize::from(beta) + statistics;
        let parameters: Vec<TensorId> = (0..count).map(|_| self.parameter(vec![channels])).collect();
        let name = self.name("norm");
        self.last = self
            .builder
            .norm(name, norm, self.last, &parameters)
            .expect("a norm");
    }

    fn classify(&mut self, classes: u64, softmax: bool) {
        self.builder.layer("pool", "head", LayerKind::Pool);
        let name = self.name("mean");
        self.last = self.builder.global_average_pool(name, self.last).expect("a mean");
        let shape = self.shape();
        let name = self.name("flat");
        self.last = self
            .builder
            .reshape(name, self.last, &shape[..2])
            .expect("as many elements");
        self.builder
            .layer("classifier", "head", LayerKind::FullyConnected);
        let weights = self.parameter(vec![classes, shape[1]]);
        let bias = self.parameter(vec![classes]);
        let name = self.name("logits");
        self.last = self
            .builder
            .fully_connected(name, self.last, weights, Some(bias))
            .expect("a classifier");
        if softmax {
            self.builder.layer("softmax", "head", LayerKind::Softmax);
            let name = self.name("softmax");
            self.last = self.builder.softmax(name, self.last).expect("a softmax");
        }
    }
}

/// The largest number up to `limit` that divides `number`.
fn largest_divisor(number: u64, limit: u64) -> u64 {
    (1..=limit.min(number))
        .rev()
        .find(|candidate| number.is_multiple_of(*candidate))
        .unwrap_or(1)
}
