//! A plain evaluator of graphs, for comparison: every operator by its definition, one loop after the other.

use std::collections::BTreeMap;

use tilesim_graph::{
    Activation, Binary, Convolution, Graph, Norm, NormKind, Op, OpKind, Pool, PoolKind, TensorId,
};

use crate::{
    Tensor, Tensors,
    kernels::{gelu, sigmoid},
    store::{strides, unflattened},
};

/// Why a graph cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// A tensor has no value.
    #[error("operator `{op}`: `{tensor}` has no value")]
    Missing {
        /// The operator that reads it.
        op: String,
        /// The tensor.
        tensor: String,
    },
    /// An operator that this evaluator does not know.
    #[error("operator `{op}` cannot be evaluated")]
    Unsupported {
        /// The operator.
        op: String,
    },
}

/// All tensors of a graph by name, in floats.
///
/// # Errors
/// When an input or parameter is not given, or an operator is not known.
pub fn evaluate(graph: &Graph, inputs: &Tensors, weights: &Tensors) -> Result<Tensors, ReferenceError> {
    let mut values: BTreeMap<TensorId, Tensor> = BTreeMap::new();
    for (id, tensor) in (0..).zip(&graph.tensors) {
        if let Some(value) = inputs.get(&tensor.name).or_else(|| weights.get(&tensor.name)) {
            values.insert(TensorId(id), value.clone());
        }
    }
    for op in &graph.ops {
        let operands = op
            .inputs
            .iter()
            .map(|id| {
                values.get(id).ok_or_else(|| ReferenceError::Missing {
                    op: op.name.clone(),
                    tensor: graph.tensor(*id).name.clone(),
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let value = operator(graph, op, &operands)?;
        values.insert(op.output, value);
    }
    Ok(values
        .into_iter()
        .map(|(id, value)| (graph.tensor(id).name.clone(), value))
        .collect())
}

fn operator(graph: &Graph, op: &Op, operands: &[&Tensor]) -> Result<Tensor, ReferenceError> {
    let shape = &graph.tensor(op.output).shape;
    Ok(match (&op.kind, operands) {
        (OpKind::Convolution(of), [x, weights, bias @ ..]) => {
            convolution(of, x, weights, bias.first().copied())
        }
        (OpKind::FullyConnected, [x, weights, bias @ ..]) => {
            let of = Convolution::new(x.shape[0], x.shape[1], weights.shape[0], &[], &[]);
            convolution(&of, x, weights, bias.first().copied())
        }
        (OpKind::Norm(norm), [x, parameters @ ..]) => normalised(norm, x, parameters),
        (OpKind::Activation(function), [x]) => mapped(x, |x| activation(*function, x)),
        (OpKind::ProxyActivation(proxy), [x, beta, gamma, mean, deviation]) => {
            let parameters = [beta, gamma, mean, deviation];
            by_channel(x, |channel, x| {
                let [beta, gamma, mean, deviation] = parameters.map(|tensor| tensor.values[channel]);
                let y = activation(proxy.activation, gamma * x + beta) - mean;
                if proxy.scale { y * deviation } else { y }
            })
        }
        (OpKind::Binary(function), [left, right]) => {
            let mut result = Tensor::zeros(shape);
            for index in 0..result.values.len() {
                let at = unflattened(shape, index);
                result.values[index] = binary(*function, broadcast(left, &at), broadcast(right, &at));
            }
            result
        }
        (OpKind::Pool(of), [x]) => pool(of, x, shape),
        (OpKind::GlobalAveragePool, [x]) => {
            let positions: usize = x.shape[2..].iter().product::<u64>() as usize;
            let mean = |values: &[f32]| {
                (values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64) as f32
            };
            Tensor {
                shape: shape.clone(),
                values: x.values.chunks(positions.max(1)).map(mean).collect(),
            }
        }
        (OpKind::Softmax, [x]) => softmax(x),
        (OpKind::Reshape, [x]) => Tensor {
            shape: shape.clone(),
            values: x.values.clone(),
        },
        _ => return Err(ReferenceError::Unsupported { op: op.name.clone() }),
    })
}

fn mapped(x: &Tensor, function: impl Fn(f32) -> f32) -> Tensor {
    Tensor {
        shape: x.shape.clone(),
        values: x.values.iter().map(|value| function(*value)).collect(),
    }
}

fn by_channel(x: &Tensor, function: impl Fn(usize, f32) -> f32) -> Tensor {
    let positions: usize = x.shape[2..].iter().product::<u64>() as usize;
    let channels = x.shape[1] as usize;
    let values = x.values.iter().enumerate();
    Tensor {
        shape: x.shape.clone(),
        values: values
            .map(|(index, value)| function(index / positions % channels, *value))
            .collect(),
    }
}

fn broadcast(tensor: &Tensor, index: &[u64]) -> f32 {
    let strides = strides(&tensor.shape);
    let missing = index.len() - tensor.shape.len();
    let at: usize = index[missing..]
        .iter()
        .zip(&tensor.shape)
        .zip(strides)
        .map(|((index, size), stride)| if *size == 1 { 0 } else { *index as usize * stride })
        .sum();
    tensor.values[at]
}

fn binary(function: Binary, left: f32, right: f32) -> f32 {
    match function {
        Binary::Add => left + right,
        Binary::Subtract => left - right,
        Binary::Multiply => left * right,
        Binary::Divide => left / right,
    }
}

fn activation(function: Activation, x: f32) -> f32 {
    let hard_sigmoid = |x: f32| (x + 3.0).clamp(0.0, 6.0) / 6.0;
    match function {
        Activation::Swish => x * sigmoid(x),
        Activation::Sigmoid => sigmoid(x),
        Activation::Relu => x.max(0.0),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::HardSwish => x * hard_sigmoid(x),
        Activation::HardSigmoid => hard_sigmoid(x),
        Activation::Tanh => x.tanh(),
        Activation::Gelu => gelu(x),
    }
}

fn softmax(x: &Tensor) -> Tensor {
    let channels = x.shape.get(1).copied().unwrap_or(1) as usize;
    let mut result = x.clone();
    for row in result.values.chunks_mut(channels) {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for value in row.iter_mut() {
            *value = (*value - largest).exp();
        }
        let sum: f32 = row.iter().sum();
        for value in row {
            *value /= sum;
        }
    }
    result
}

fn normalised(norm: &Norm, x: &Tensor, parameters: &[&Tensor]) -> Tensor {
    let roles = norm.parameter_roles();
    let role = |wanted: &str, channel: usize, otherwise: f32| {
        let place = roles.iter().position(|role| *role == wanted);
        place.map_or(otherwise, |place| parameters[place].values[channel])
    };
    let white = match norm.kind {
        NormKind::Batch => by_channel(x, |channel, x| {
            (x - role("mean", channel, 0.0)) / (role("variance", channel, 1.0) + norm.epsilon as f32).sqrt()
        }),
        NormKind::CurrentBatch => {
            let mean = channel_means(x);
            let centred = by_channel(x, |channel, x| x - mean[channel] as f32);
            let variance = channel_means(&mapped(&centred, |x| x * x));
            by_channel(&centred, |channel, x| {
                x / (variance[channel] + norm.epsilon).sqrt() as f32
            })
        }
        NormKind::Group { groups } => {
            let mut white = x.clone();
            let group = x.values.len() / (x.shape[0] * groups).max(1) as usize;
            for values in white.values.chunks_mut(group.max(1)) {
                let count = values.len() as f64;
                let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / count;
                let squares = values.iter().map(|value| (f64::from(*value) - mean).powi(2));
                let deviation = (squares.sum::<f64>() / count + norm.epsilon).sqrt();
                for value in values {
                    *value = ((f64::from(*value) - mean) / deviation) as f32;
                }
            }
            white
        }
    };
    by_channel(&white, |channel, x| {
        x * role("gamma", channel, 1.0) + role("beta", channel, 0.0)
    })
}

/// Mean of every channel over batch and space.
fn channel_means(x: &Tensor) -> Vec<f64> {
    let positions: usize = x.shape[2..].iter().product::<u64>() as usize;
    let channels = x.shape[1] as usize;
    let mut sums = vec![0.0; channels];
    for (index, value) in x.values.iter().enumerate() {
        sums[index / positions % channels] += f64::from(*value);
    }
    let count = (x.values.len() / channels) as f64;
    sums.into_iter().map(|sum| sum / count).collect()
}

fn pool(of: &Pool, x: &Tensor, shape: &[u64]) -> Tensor {
    let mut result = Tensor::zeros(shape);
    let strides = strides(&x.shape);
    let window: u64 = of.kernel.iter().product();
    for index in 0..result.values.len() {
        let at = unflattened(shape, index);
        let mut values = Vec::new();
        for kernel in 0..window {
            let kernel = unflattened(&of.kernel, kernel as usize);
            let position = (0..kernel.len()).map(|d| {
                (at[2 + d] * of.stride[d] + kernel[d])
                    .checked_sub(of.padding_lower[d])
                    .filter(|position| *position < x.shape[2 + d])
            });
            if let Some(position) = position.collect::<Option<Vec<u64>>>() {
                let place: usize = at[..2]
                    .iter()
                    .chain(&position)
                    .zip(&strides)
                    .map(|(index, stride)| *index as usize * stride)
                    .sum();
                values.push(x.values[place]);
            }
        }
        let count = if of.count_include_pad {
            window
        } else {
            values.len() as u64
        };
        result.values[index] = match of.kind {
            PoolKind::Max => values.iter().copied().fold(f32::NEG_INFINITY, f32::max),
            PoolKind::Average => values.iter().sum::<f32>() / count as f32,
        };
    }
    result
}

/// The sum over kernel positions and input channels, kernel position by kernel position over whole rows.
fn convolution(of: &Convolution, x: &Tensor, weights: &Tensor, bias: Option<&Tensor>) -> Tensor {
    let shape = of.output_shape();
    let mut result = Tensor::zeros(&shape);
    let output = of.output();
    let positions: usize = output.iter().product::<u64>() as usize;
    let inputs: usize = of.input.iter().product::<u64>() as usize;
    let kernels: usize = of.kernel.iter().product::<u64>() as usize;
    let (group_in, group_out) = (
        of.in_channels_per_group as usize,
        of.out_channels_per_group as usize,
    );
    let input_strides = strides(&of.input);
    // For every kernel position the outputs and inputs that it joins.
    let joined: Vec<Vec<(usize, usize)>> = (0..kernels)
        .map(|kernel| {
            let kernel = unflattened(&of.kernel, kernel);
            (0..positions)
                .filter_map(|position| {
                    let at = unflattened(&output, position);
                    let input = (0..at.len())
                        .map(|d| {
                            let kernel = if of.flip_kernel[d] {
                                of.kernel[d] - 1 - kernel[d]
                            } else {
                                kernel[d]
                            };
                            let dilated = (at[d] * of.stride[d] + kernel * of.kernel_dilation[d])
                                .cast_signed()
                                - of.padding_lower[d];
                            let dilated = u64::try_from(dilated).ok()?;
                            let index = dilated / of.input_dilation[d];
                            (dilated.is_multiple_of(of.input_dilation[d]) && index < of.input[d])
                                .then(|| index as usize * input_strides[d])
                        })
                        .sum::<Option<usize>>()?;
                    Some((position, input))
                })
                .collect()
        })
        .collect();
    let rows = result.values.chunks_mut(positions.max(1)).enumerate();
    for (row, sums) in rows {
        let channels = of.out_channels() as usize;
        let (sample, channel) = (row / channels, row % channels);
        let group = channel / group_out;
        for (kernel, joined) in joined.iter().enumerate() {
            for own in 0..group_in {
                let weight = weights.values[(channel * group_in + own) * kernels + kernel];
                let plane = (sample * of.in_channels() as usize + group * group_in + own) * inputs;
                let plane = &x.values[plane..plane + inputs];
                for (position, input) in joined {
                    sums[*position] += weight * plane[*input];
                }
            }
        }
        if let Some(bias) = bias {
            for sum in sums.iter_mut() {
                *sum += bias.values[channel];
            }
        }
    }
    result
}
