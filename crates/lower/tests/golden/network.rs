//! Networks as a few lines of text: `NAME = OPERATOR OPERANDS… KEY=NUMBER…`. Weights and other parameters are added as an operator
//! needs them, and every operator is a layer of its own.
//!
//! | operator | operands and keys |
//! |---|---|
//! | `input` | the shape, such as `1x16x8x8` |
//! | `conv` | x, `out`, `kernel` (1), `stride` (1), `groups` (1), `bias` (0); padded so that the field stays |
//! | `transposed` | x, `out`, `kernel` (1), `stride` (1), `groups` (1), `bias` (0); the field grows by the stride |
//! | `dense` | x of two dimensions, `out`, `bias` (0) |
//! | `group_norm` | x, `groups` (1) |
//! | `batch_norm` | x |
//! | `relu`, `swish`, `sigmoid` | x |
//! | `proxy_swish` | x |
//! | `add`, `multiply` | two of one shape, or the second of size 1 in some dimensions |
//! | `max_pool`, `average_pool` | x, `kernel` (2), `stride` (2), `dilation` (1), `pad` (0), `counts` (0), `more` (0) |
//! | `mean` | x: over all positions |
//! | `flatten` | x as one row of each sample |
//! | `transpose` | x, `order`: its dimensions from 1 on, such as `order=1342` |
//! | `shuffle` | x, `groups` (2): the channels of all groups take turns |
//! | `slice` | x, `axis` (1), `start` (0), `count` (1), `step` (1) |
//! | `join` | any number of tensors, one behind the other along `axis` (1) |
//! | `enlarge` | x, `times` (2): every position repeated in rows and columns |
//! | `reflect` | x, `width` (1): the field with what it holds at its borders in reverse around it |
//! | `softmax` | x: over its channels |
//! | `position_gate` | x: times a parameter for each position of each sample |
//! | `concat` | any number of vectors, one behind the other |

use std::collections::BTreeMap;

use tilesim_graph::{
    Activation, Binary, Convolution, Graph, GraphBuilder, Norm, NormKind, OpKind, PadMode, Pool, PoolKind,
    ProxyActivation, Rearrangement, SliceRange, TensorId,
};
use tilesim_terms::{ElementType, LayerKind};

/// A network while it is read.
pub(crate) struct Network {
    builder: GraphBuilder,
    tensors: BTreeMap<String, TensorId>,
    last: Option<TensorId>,
}

/// What stands behind an operator.
struct Operands<'a> {
    names: Vec<&'a str>,
    keys: BTreeMap<&'a str, u64>,
}

impl<'a> Operands<'a> {
    fn new(words: &[&'a str]) -> Self {
        let (keys, names): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| word.contains('='));
        let keys = keys
            .into_iter()
            .filter_map(|word| word.split_once('='))
            .map(|(key, number)| (key, number.parse().expect("a number")))
            .collect();
        Self { names, keys }
    }

    fn key(&self, name: &str, otherwise: u64) -> u64 {
        self.keys.get(name).copied().unwrap_or(otherwise)
    }
}

impl Network {
    /// A network without operators.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            builder: GraphBuilder::new(name, ElementType::F16),
            tensors: BTreeMap::new(),
            last: None,
        }
    }

    /// Adds what a line says; panics where that is no operator.
    pub(crate) fn add(&mut self, output: &str, operator: &str, words: &[&str]) {
        let operands = Operands::new(words);
        let tensor = if operator == "input" {
            let shape = operands.names[0].split('x');
            let shape = shape.map(|size| size.parse().expect("a size")).collect();
            self.builder
                .input(output, shape, ElementType::F16)
                .expect("an input")
        } else {
            self.operator(output, operator, &operands)
        };
        self.tensors.insert(output.to_owned(), tensor);
        self.last = Some(tensor);
    }

    /// The graph, whose output is that of the last line.
    pub(crate) fn finish(self) -> Graph {
        let output = self.last.expect("a network has an operator");
        self.builder.finish(vec![output]).expect("a graph")
    }

    fn operator(&mut self, name: &str, operator: &str, operands: &Operands<'_>) -> TensorId {
        let of: Vec<TensorId> = operands
            .names
            .iter()
            .map(|operand| {
                *self
                    .tensors
                    .get(*operand)
                    .unwrap_or_else(|| panic!("no `{operand}` before `{name}`"))
            })
            .collect();
        let x = *of.first().unwrap_or_else(|| panic!("`{name}` has no operand"));
        let shape = self.builder.shape(x).to_vec();
        let channels = shape.get(1).copied().into_iter().collect::<Vec<u64>>();
        self.builder.layer(name, name, layer_kind(operator));
        let mut inputs = of.clone();
        let kind = match operator {
            "conv" => {
                let convolution = convolution(&shape, operands);
                inputs.push(self.parameter(name, "weights", convolution.weight_shape()));
                if operands.key("bias", 0) > 0 {
                    inputs.push(self.parameter(name, "bias", vec![convolution.out_channels()]));
                }
                OpKind::Convolution(convolution)
            }
            "transposed" => {
                let forward = transposed(&shape, operands);
                inputs.push(self.parameter(name, "weights", forward.weight_shape()));
                if operands.key("bias", 0) > 0 {
                    inputs.push(self.parameter(name, "bias", vec![forward.in_channels()]));
                }
                OpKind::ConvolutionInputGradient(forward)
            }
            "dense" => {
                let out = operands.key("out", 1);
                inputs.push(self.parameter(name, "weights", vec![out, shape[1]]));
                if operands.key("bias", 0) > 0 {
                    inputs.push(self.parameter(name, "bias", vec![out]));
                }
                OpKind::FullyConnected
            }
            "group_norm" => {
                let groups = operands.key("groups", 1);
                let norm = norm(if operands.key("strided", 0) > 0 {
                    NormKind::strided(groups)
                } else {
                    NormKind::contiguous(groups)
                });
                inputs.extend(["gamma", "beta"].map(|role| self.parameter(name, role, channels.clone())));
                OpKind::Norm(norm)
            }
            "batch_norm" => {
                inputs.extend(["gamma", "beta"].map(|role| self.parameter(name, role, channels.clone())));
                inputs.extend(["mean", "variance"].map(|role| self.statistic(name, role, channels.clone())));
                OpKind::Norm(norm(NormKind::Batch))
            }
            "proxy_swish" => {
                inputs.extend(["beta", "gamma"].map(|role| self.parameter(name, role, channels.clone())));
                inputs.extend(["mean", "deviation"].map(|role| self.statistic(name, role, channels.clone())));
                OpKind::ProxyActivation(ProxyActivation {
                    activation: Activation::Swish,
                    scale: true,
                    epsilon: 1e-3,
                })
            }
            "relu" => OpKind::Activation(Activation::Relu),
            "swish" => OpKind::Activation(Activation::Swish),
            "sigmoid" => OpKind::Activation(Activation::Sigmoid),
            "add" => OpKind::Binary(Binary::Add),
            "multiply" => OpKind::Binary(Binary::Multiply),
            "max_pool" | "average_pool" => OpKind::Pool(pool(operator, operands)),
            "mean" => OpKind::GlobalAveragePool,
            "softmax" => OpKind::Softmax { axes: 1..2 },
            "position_gate" => {
                let gate = shape.iter().enumerate();
                let gate = gate.map(|(d, &size)| if d == 1 { 1 } else { size }).collect();
                inputs.push(self.parameter(name, "gate", gate));
                OpKind::Binary(Binary::Multiply)
            }
            "concat" => OpKind::Concat { axis: 0 },
            "flatten" => {
                let row = shape[1..].iter().product();
                return self.builder.reshape(name, x, &[shape[0], row]).expect("a shape");
            }
            "join" => {
                let shapes: Vec<&[u64]> = of.iter().map(|x| self.builder.shape(*x)).collect();
                let axis = operands.key("axis", 1) as usize;
                OpKind::Rearrange(Rearrangement::concat(&shapes, axis).expect("tensors that agree"))
            }
            "transpose" | "shuffle" | "slice" | "enlarge" | "reflect" => {
                OpKind::Rearrange(rearrangement(operator, &shape, operands))
            }
            _ => panic!("no operator is called `{operator}`"),
        };
        self.builder.op(name, kind, inputs).expect("an operator")
    }

    fn parameter(&mut self, of: &str, role: &str, shape: Vec<u64>) -> TensorId {
        self.builder
            .parameter(format!("{of}.{role}"), shape)
            .expect("a parameter")
    }

    fn statistic(&mut self, of: &str, role: &str, shape: Vec<u64>) -> TensorId {
        self.builder
            .statistic(format!("{of}.{role}"), shape)
            .expect("a statistic")
    }
}

fn convolution(x: &[u64], operands: &Operands<'_>) -> Convolution {
    let kernel = operands.key("kernel", 1);
    Convolution::new(
        x[0],
        x[1],
        operands.key("out", 1),
        &x[2..],
        &vec![kernel; x.len() - 2],
    )
    .grouped(operands.key("groups", 1))
    .expect("groups that divide the channels")
    .strided(operands.key("stride", 1))
    .same_padded()
}

/// A rearrangement of one operand.
fn rearrangement(operator: &str, x: &[u64], operands: &Operands<'_>) -> Rearrangement {
    let made = match operator {
        "transpose" => {
            let order = operands.key("order", 1).to_string();
            let order: Vec<usize> = order.bytes().map(|digit| usize::from(digit - b'1')).collect();
            Rearrangement::transpose(x, &order)
        }
        "shuffle" => {
            let groups = operands.key("groups", 2);
            let of_group = x[1] / groups;
            let split = [&[x[0], groups, of_group], &x[2..]].concat();
            let turned = [&[x[0], of_group, groups], &x[2..]].concat();
            let order: Vec<usize> = [0, 2, 1].into_iter().chain(3..split.len()).collect();
            let steps = [
                Rearrangement::reshape(x, &split)
                    .expect("groups that divide the channels")
                    .remove(0),
                Rearrangement::transpose(&split, &order).expect("an order"),
                Rearrangement::reshape(&turned, x)
                    .expect("as many elements")
                    .remove(0),
            ];
            let [split, turned, joined] = &steps;
            return split
                .then(turned)
                .and_then(|both| both.then(joined))
                .expect("one rearrangement");
        }
        "slice" => {
            let mut ranges: Vec<SliceRange> = x.iter().copied().map(SliceRange::whole).collect();
            ranges[operands.key("axis", 1) as usize] = SliceRange {
                start: operands.key("start", 0),
                count: operands.key("count", 1),
                step: operands.key("step", 1).cast_signed(),
            };
            Rearrangement::slice(x, &ranges)
        }
        "enlarge" => {
            let times = operands.key("times", 2);
            let times: Vec<u64> = (0..x.len())
                .map(|dimension| if dimension < 2 { 1 } else { times })
                .collect();
            Rearrangement::repeat_each(x, &times)
        }
        _ => {
            let width = operands.key("width", 1).cast_signed();
            let widths: Vec<i64> = (0..x.len())
                .map(|dimension| if dimension < 2 { 0 } else { width })
                .collect();
            Rearrangement::pad(x, &widths, &widths, PadMode::Reflect)
        }
    };
    made.expect("a rearrangement")
}

/// The convolution that a transposed one leads back: its result is as many times as large as the stride says.
fn transposed(x: &[u64], operands: &Operands<'_>) -> Convolution {
    let (kernel, stride) = (operands.key("kernel", 1), operands.key("stride", 1));
    let field: Vec<u64> = x[2..].iter().map(|size| size * stride).collect();
    Convolution::new(
        x[0],
        operands.key("out", 1),
        x[1],
        &field,
        &vec![kernel; x.len() - 2],
    )
    .grouped(operands.key("groups", 1))
    .expect("groups that divide the channels")
    .strided(stride)
    .same_padded()
}

/// Windows over two dimensions.
fn pool(operator: &str, operands: &Operands<'_>) -> Pool {
    let kind = if operator == "max_pool" {
        PoolKind::Max
    } else {
        PoolKind::Average
    };
    let both = |key, otherwise| [operands.key(key, otherwise); 2];
    let padding = both("pad", 0);
    let mut pool = Pool::new(kind, &both("kernel", 2), &both("stride", 2)).padded(&padding, &padding);
    pool.dilation.fill(operands.key("dilation", 1));
    pool.count_include_pad = operands.key("counts", 0) > 0;
    // Rounded up: one more position after the padding, which does not count.
    let more = operands.key("more", 0);
    pool.uncounted.fill(more);
    pool.padding_upper.iter_mut().for_each(|padding| *padding += more);
    pool
}

const fn norm(kind: NormKind) -> Norm {
    Norm {
        kind,
        epsilon: 1e-3,
        gamma: true,
        beta: true,
    }
}

fn layer_kind(operator: &str) -> LayerKind {
    match operator {
        "conv" | "transposed" => LayerKind::Conv,
        "dense" => LayerKind::FullyConnected,
        "add" => LayerKind::Add,
        "max_pool" | "average_pool" | "mean" => LayerKind::Pool,
        "softmax" => LayerKind::Softmax,
        _ => LayerKind::Elementwise,
    }
}
