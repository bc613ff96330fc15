//! Steps of optimisers.

use super::tensor::Tensor;
use crate::LayerwiseAdaptiveRate;

pub(super) fn root_mean_square(
    [momentum, epsilon]: [f64; 2],
    [last, gradient, mean_square, rate]: [&Tensor; 4],
) -> Tensor {
    let rate = rate.values[0];
    let step = gradient.zip(mean_square, |gradient, square| {
        rate * gradient / (square + epsilon).sqrt()
    });
    last.zip(&step, |last, step| momentum * last + step)
}

pub(super) fn layerwise_adaptive_rate(
    rule: &LayerwiseAdaptiveRate,
    [velocity, gradient, weights]: [&Tensor; 3],
) -> Tensor {
    let length = |tensor: &Tensor| {
        tensor
            .values
            .iter()
            .map(|value| value * value)
            .sum::<f64>()
            .sqrt()
    };
    let (weight_length, gradient_length) = (length(weights), length(gradient));
    let trust = if weight_length > 0.0 && gradient_length > 0.0 {
        rule.coefficient * weight_length
            / (gradient_length + rule.weight_decay * weight_length + rule.epsilon)
    } else {
        1.0
    };
    let decayed = gradient.zip(weights, |gradient, weight| gradient + rule.weight_decay * weight);
    velocity.zip(&decayed, |velocity, step| rule.momentum * velocity + trust * step)
}

pub(super) fn descent([weights, velocity, rate]: [&Tensor; 3]) -> Tensor {
    weights.zip(velocity, |weight, velocity| weight - rate.values[0] * velocity)
}
