//! One operator.

use super::{
    ReferenceError, convolution, function::binary, loss, norm, optimiser, pool, proxy, rearrangement,
    tensor::Tensor,
};
use crate::{Convolution, Op, OpKind, OptimiserStep, PoolKind, Reduction};

pub(super) fn evaluate(op: &Op, operands: &[&Tensor], shape: &[u64]) -> Result<Tensor, ReferenceError> {
    Ok(match (&op.kind, operands) {
        (OpKind::Convolution(of), [x, weights, bias @ ..]) => {
            convolution::forward(of, x, weights, bias.first().copied())
        }
        (OpKind::FullyConnected, [x, weights, bias @ ..]) => {
            let of = Convolution::new(shape[0], x.shape[1], shape[1], &[], &[]);
            convolution::forward(&of, x, weights, bias.first().copied())
        }
        (OpKind::ConvolutionInputGradient(of), [gradient, weights, bias @ ..]) => {
            convolution::input_gradient(of, gradient, weights, bias.first().copied())
        }
        (OpKind::ConvolutionWeightGradient(of), [x, gradient]) => {
            convolution::weight_gradient(of, x, gradient)
        }
        (OpKind::ScaledAdd { factor }, [a, b]) => a.zip(b, |a, b| a + factor * b),
        (OpKind::MovingAverage { decay }, [average, value]) => {
            average.zip(value, |average, value| decay * average + (1.0 - decay) * value)
        }
        (OpKind::Norm(of), [x, parameters @ ..]) => norm::forward(of, x, parameters),
        (OpKind::Whiten(of), [x]) => norm::whitened(of, x),
        (OpKind::NormParameterGradient, [white, gradient]) => norm::parameter_gradient(white, gradient),
        (OpKind::NormGradient(of), [x, white, gradient, gamma @ ..]) => {
            norm::gradient(of, x, white, gradient, gamma.first().copied())
        }
        (OpKind::Activation(function), [x]) => x.map(|x| function.value(x)),
        (OpKind::ActivationGradient(function), [gradient, operand]) => {
            gradient.zip(operand, |gradient, operand| gradient * function.slope(operand))
        }
        (OpKind::ProxyActivation(of), &[x, beta, gamma, mean, inverse_std]) => {
            proxy::forward(of, x, [beta, gamma, mean, inverse_std])
        }
        (OpKind::ProxyStatistics(of), &[beta, gamma, proxy_beta, proxy_gamma]) => {
            proxy::statistics(of, [beta, gamma, proxy_beta, proxy_gamma])
        }
        (
            OpKind::ProxyStatisticsGradient(of),
            &[beta, gamma, proxy_beta, proxy_gamma, mean, ref inverse_std @ ..],
        ) => proxy::statistics_gradient(
            of,
            [beta, gamma, proxy_beta, proxy_gamma],
            mean,
            inverse_std.first().copied(),
        ),
        (OpKind::Binary(function), [left, right]) => {
            let (at_left, at_right) = (left.broadcast_index(shape), right.broadcast_index(shape));
            gathered(shape, |index| {
                binary(
                    *function,
                    left.values[at_left(index)],
                    right.values[at_right(index)],
                )
            })
        }
        (OpKind::Scale { factor }, [x]) => x.map(|x| factor * x),
        (OpKind::Pool(of), [x]) => pool::forward(of, x, shape),
        (OpKind::PoolGradient(of), [gradient, forward @ ..]) => {
            let forward = match (of.kind, forward) {
                (PoolKind::Max, [x, y]) => Some((*x, *y)),
                _ => None,
            };
            pool::gradient(of, gradient, forward, shape)
        }
        (OpKind::GlobalAveragePool, [x]) => reduced(Reduction::Mean, x, shape),
        (OpKind::Reduce(reduction), [x]) => reduced(*reduction, x, shape),
        (OpKind::Broadcast, [x]) => {
            let at = x.broadcast_index(shape);
            gathered(shape, |index| x.values[at(index)])
        }
        (OpKind::Slice { axis, start, .. }, [x]) => {
            let inner: u64 = shape[axis + 1..].iter().product();
            let (own, whole) = (shape[*axis] * inner, x.shape[*axis] * inner);
            gathered(shape, |index| {
                let index = index as u64;
                x.values[(index / own * whole + start * inner + index % own) as usize]
            })
        }
        (OpKind::Rearrange(of), operands) => rearrangement::forward(of, operands, shape),
        (OpKind::Concat { axis }, operands) => concatenated(*axis, operands, shape),
        (OpKind::Softmax { axes }, [x]) => loss::softmax(x, axes),
        (OpKind::SoftmaxCrossEntropy { label_smoothing }, [logits, labels]) => {
            loss::cross_entropy(&op.name, logits, labels, *label_smoothing)?
        }
        (
            OpKind::SoftmaxCrossEntropyGradient {
                label_smoothing,
                scale,
            },
            [logits, labels],
        ) => loss::cross_entropy_gradient(&op.name, logits, labels, *label_smoothing, *scale)?,
        (OpKind::Reshape | OpKind::Cast(_), [x]) => Tensor {
            shape: shape.to_vec(),
            values: x.values.clone(),
        },
        (OpKind::Fill { value }, []) => Tensor::filled(shape, *value),
        (OpKind::RandomMask { .. }, []) => Tensor::filled(shape, 1.0),
        (
            OpKind::OptimiserStep(OptimiserStep::RootMeanSquare { momentum, epsilon }),
            &[last, gradient, mean_square, rate],
        ) => optimiser::root_mean_square([*momentum, *epsilon], [last, gradient, mean_square, rate]),
        (
            OpKind::OptimiserStep(OptimiserStep::LayerwiseAdaptiveRate(rule)),
            &[velocity, gradient, weights],
        ) => optimiser::layerwise_adaptive_rate(rule, [velocity, gradient, weights]),
        (OpKind::OptimiserStep(OptimiserStep::Descent), &[weights, velocity, rate]) => {
            optimiser::descent([weights, velocity, rate])
        }
        _ => {
            return Err(ReferenceError::OperandCount {
                op: op.name.clone(),
                got: operands.len(),
            });
        }
    })
}

/// A tensor whose value at each row-major index is given.
fn gathered(shape: &[u64], value: impl Fn(usize) -> f64) -> Tensor {
    let elements: u64 = shape.iter().product();
    Tensor {
        shape: shape.to_vec(),
        values: (0..elements as usize).map(value).collect(),
    }
}

/// Operands one after the other along a dimension.
fn concatenated(axis: usize, operands: &[&Tensor], shape: &[u64]) -> Tensor {
    let outer: u64 = shape[..axis].iter().product();
    let rows = (0..outer as usize).flat_map(|row| {
        operands.iter().flat_map(move |operand| {
            let length = operand.values.len() / outer as usize;
            &operand.values[row * length..(row + 1) * length]
        })
    });
    Tensor {
        shape: shape.to_vec(),
        values: rows.copied().collect(),
    }
}

/// The elements that fall on each element of the shape joined.
fn reduced(reduction: Reduction, x: &Tensor, shape: &[u64]) -> Tensor {
    let joined = |x: &Tensor, of_none: f64, join: fn(f64, f64) -> f64| {
        let mut result = Tensor::filled(shape, of_none);
        let to = result.broadcast_index(&x.shape);
        for (index, value) in x.values.iter().enumerate() {
            let so_far = &mut result.values[to(index)];
            *so_far = join(*so_far, *value);
        }
        result
    };
    let sum = |x: &Tensor| joined(x, 0.0, |a, b| a + b);
    let elements: u64 = shape.iter().product();
    let count = x.values.len() as f64 / elements.max(1) as f64;
    let mean = |x: &Tensor| sum(x).map(|sum| sum / count);
    match reduction {
        Reduction::Sum => sum(x),
        Reduction::Mean => mean(x),
        Reduction::Variance => {
            let centre = mean(x);
            let to = centre.broadcast_index(&x.shape);
            let squares = gathered(&x.shape, |index| {
                (x.values[index] - centre.values[to(index)]).powi(2)
            });
            mean(&squares)
        }
        Reduction::SumOfSquares => sum(&x.map(|x| x * x)),
        Reduction::Maximum => joined(x, f64::NEG_INFINITY, f64::max),
    }
}
