//! Windowed pooling.

use super::tensor::{Tensor, strides, unflattened};
use crate::{Pool, PoolKind};

/// For each output the indices of the inputs in its window, in the order of the window.
fn windows<'a>(pool: &'a Pool, input: &'a [u64], output: &'a [u64]) -> impl Iterator<Item = Vec<usize>> + 'a {
    let strides = strides(input);
    let elements: u64 = output.iter().product();
    let window: u64 = pool.kernel.iter().product();
    (0..elements as usize).map(move |index| {
        let at = unflattened(output, index);
        (0..window as usize)
            .filter_map(|kernel| {
                let kernel = unflattened(&pool.kernel, kernel);
                let outer: usize = (0..2).map(|d| at[d] as usize * strides[d]).sum();
                let inner: usize = (0..kernel.len())
                    .map(|d| {
                        (at[d + 2] * pool.stride[d] + kernel[d] * pool.dilation[d])
                            .checked_sub(pool.padding_lower[d])
                            .filter(|&position| position < input[d + 2])
                            .map(|position| position as usize * strides[d + 2])
                    })
                    .sum::<Option<usize>>()?;
                Some(outer + inner)
            })
            .collect()
    })
}

/// What the mean of the window of an output is divided by.
fn divisor(pool: &Pool, input: &[u64], output: &[u64]) -> f64 {
    let counted = |d: usize| {
        let [lower, upper] = pool.counted_padding(d);
        let first = pool.padding_lower[d] - lower;
        let end = pool.padding_lower[d] + input[d + 2] + upper;
        (0..pool.kernel[d])
            .map(|kernel| output[d + 2] * pool.stride[d] + kernel * pool.dilation[d])
            .filter(|position| (first..end).contains(position))
            .count() as u64
    };
    (0..pool.kernel.len()).map(counted).product::<u64>().max(1) as f64
}

pub(super) fn forward(pool: &Pool, x: &Tensor, shape: &[u64]) -> Tensor {
    let value = |(output, window): (usize, Vec<usize>)| {
        let values = window.iter().map(|&index| x.values[index]);
        match pool.kind {
            PoolKind::Max => values.fold(f64::NEG_INFINITY, f64::max),
            PoolKind::Average => values.sum::<f64>() / divisor(pool, &x.shape, &unflattened(shape, output)),
        }
    };
    Tensor {
        shape: shape.to_vec(),
        values: windows(pool, &x.shape, shape).enumerate().map(value).collect(),
    }
}

/// The gradient goes to the first largest element, or in equal parts to all.
pub(super) fn gradient(
    pool: &Pool,
    gradient: &Tensor,
    forward: Option<(&Tensor, &Tensor)>,
    shape: &[u64],
) -> Tensor {
    let mut result = Tensor::filled(shape, 0.0);
    for (output, window) in windows(pool, shape, &gradient.shape).enumerate() {
        let value = gradient.values[output];
        if let Some((x, y)) = forward {
            let largest = window.iter().find(|&&index| x.values[index] >= y.values[output]);
            if let Some(&index) = largest {
                result.values[index] += value;
            }
        } else {
            let divisor = divisor(pool, shape, &unflattened(&gradient.shape, output));
            for index in window {
                result.values[index] += value / divisor;
            }
        }
    }
    result
}
