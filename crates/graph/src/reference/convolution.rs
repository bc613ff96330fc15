//! Convolutions and their gradients, which are sums over the same triples of input, weight and output.

use super::tensor::{Tensor, strides, unflattened};
use crate::Convolution;

/// For each kernel position the pairs of output and input positions that it joins, all as row-major indices.
fn joined(convolution: &Convolution) -> Vec<Vec<(usize, usize)>> {
    let output = convolution.output();
    let input_strides = strides(&convolution.input);
    let input_position = |at: &[u64], kernel: &[u64]| -> Option<usize> {
        (0..convolution.dimensions())
            .map(|d| {
                let kernel = if convolution.flip_kernel[d] {
                    convolution.kernel[d] - 1 - kernel[d]
                } else {
                    kernel[d]
                };
                let dilated = (at[d] * convolution.stride[d] + kernel * convolution.kernel_dilation[d])
                    .cast_signed()
                    - convolution.padding_lower[d];
                let dilated = u64::try_from(dilated).ok()?;
                let index = dilated / convolution.input_dilation[d];
                (dilated.is_multiple_of(convolution.input_dilation[d]) && index < convolution.input[d])
                    .then(|| index as usize * input_strides[d])
            })
            .sum()
    };
    (0..product(&convolution.kernel))
        .map(|kernel| {
            let kernel = unflattened(&convolution.kernel, kernel);
            (0..product(&output))
                .filter_map(|position| {
                    let at = unflattened(&output, position);
                    Some((position, input_position(&at, &kernel)?))
                })
                .collect()
        })
        .collect()
}

fn product(sizes: &[u64]) -> usize {
    sizes.iter().product::<u64>() as usize
}

/// Calls back with the row-major indices of every triple of input, weight and output that are multiplied.
fn for_each_triple(convolution: &Convolution, mut visit: impl FnMut(usize, usize, usize)) {
    let joined = joined(convolution);
    let (inputs, outputs, kernels) = (
        product(&convolution.input),
        product(&convolution.output()),
        product(&convolution.kernel),
    );
    let group_in = convolution.in_channels_per_group as usize;
    let group_out = convolution.out_channels_per_group as usize;
    let (in_channels, out_channels) = (
        convolution.in_channels() as usize,
        convolution.out_channels() as usize,
    );
    for sample in 0..convolution.batch as usize {
        for out_channel in 0..out_channels {
            let output = (sample * out_channels + out_channel) * outputs;
            for own in 0..group_in {
                let in_channel = out_channel / group_out * group_in + own;
                let input = (sample * in_channels + in_channel) * inputs;
                let weight = (out_channel * group_in + own) * kernels;
                for (kernel, pairs) in joined.iter().enumerate() {
                    for &(to, from) in pairs {
                        visit(input + from, weight + kernel, output + to);
                    }
                }
            }
        }
    }
}

pub(super) fn forward(
    convolution: &Convolution,
    x: &Tensor,
    weights: &Tensor,
    bias: Option<&Tensor>,
) -> Tensor {
    let mut y = Tensor::filled(&convolution.output_shape(), 0.0);
    for_each_triple(convolution, |input, weight, output| {
        y.values[output] += x.values[input] * weights.values[weight];
    });
    biased(y, bias)
}

fn biased(y: Tensor, bias: Option<&Tensor>) -> Tensor {
    match bias {
        Some(bias) => y.map_with_channel(|channel, y| y + bias.values[channel]),
        None => y,
    }
}

pub(super) fn input_gradient(
    convolution: &Convolution,
    gradient: &Tensor,
    weights: &Tensor,
    bias: Option<&Tensor>,
) -> Tensor {
    let mut result = Tensor::filled(&convolution.input_shape(), 0.0);
    for_each_triple(convolution, |input, weight, output| {
        result.values[input] += gradient.values[output] * weights.values[weight];
    });
    biased(result, bias)
}

pub(super) fn weight_gradient(convolution: &Convolution, x: &Tensor, gradient: &Tensor) -> Tensor {
    let mut result = Tensor::filled(&convolution.weight_shape(), 0.0);
    for_each_triple(convolution, |input, weight, output| {
        result.values[weight] += gradient.values[output] * x.values[input];
    });
    result
}
