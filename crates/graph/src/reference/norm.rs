//! Normalisations.

use super::tensor::{Tensor, channel_of};
use crate::{Norm, NormGrouping, NormKind};

/// For each element the index of the statistic that it takes part in, and the number of statistics.
fn statistics_of(kind: NormKind, shape: &[u64]) -> (impl Fn(usize) -> usize, usize) {
    let channel = channel_of(shape);
    let channels = shape.get(1).copied().unwrap_or(1).max(1) as usize;
    let per_sample: usize = shape.iter().skip(1).product::<u64>().max(1) as usize;
    let samples = shape.first().copied().unwrap_or(1) as usize;
    let groups = match kind {
        NormKind::Batch | NormKind::CurrentBatch => None,
        NormKind::Group { groups, grouping } => Some((groups.max(1) as usize, grouping)),
    };
    let statistic = move |index: usize| match groups {
        None => channel(index),
        Some((groups, grouping)) => {
            let group = match grouping {
                NormGrouping::Contiguous => channel(index) / (channels / groups).max(1),
                NormGrouping::Strided => channel(index) % groups,
            };
            index / per_sample * groups + group
        }
    };
    (statistic, groups.map_or(channels, |(groups, _)| samples * groups))
}

/// For each element the mean of `x` over the elements that share its statistic.
fn means(kind: NormKind, x: &Tensor) -> Tensor {
    let (statistic, statistics) = statistics_of(kind, &x.shape);
    let mut sums = vec![(0.0, 0_u64); statistics];
    for (index, value) in x.values.iter().enumerate() {
        let (sum, count) = &mut sums[statistic(index)];
        *sum += value;
        *count += 1;
    }
    Tensor {
        shape: x.shape.clone(),
        values: (0..x.values.len())
            .map(|index| {
                let (sum, count) = sums[statistic(index)];
                sum / count as f64
            })
            .collect(),
    }
}

/// x without its mean, and for each element the inverse standard deviation.
fn whitening(norm: &Norm, x: &Tensor) -> (Tensor, Tensor) {
    let centred = x.zip(&means(norm.kind, x), |x, mean| x - mean);
    let variance = means(norm.kind, &centred.map(|value| value * value));
    (
        centred,
        variance.map(|variance| 1.0 / (variance + norm.epsilon).sqrt()),
    )
}

pub(super) fn forward(norm: &Norm, x: &Tensor, parameters: &[&Tensor]) -> Tensor {
    let roles = norm.parameter_roles();
    let value = |wanted: &str, channel: usize, otherwise: f64| {
        let place = roles.iter().position(|role| *role == wanted);
        place.map_or(otherwise, |place| parameters[place].values[channel])
    };
    let white = match norm.kind {
        NormKind::Batch => x.map_with_channel(|channel, x| {
            (x - value("mean", channel, 0.0)) / (value("variance", channel, 1.0) + norm.epsilon).sqrt()
        }),
        NormKind::CurrentBatch | NormKind::Group { .. } => whitened(norm, x),
    };
    white.map_with_channel(|channel, x| x * value("gamma", channel, 1.0) + value("beta", channel, 0.0))
}

/// x whitened by its own statistics.
pub(super) fn whitened(norm: &Norm, x: &Tensor) -> Tensor {
    let (centred, inverse_deviation) = whitening(norm, x);
    centred.zip(&inverse_deviation, |x, scale| x * scale)
}

/// Gradients of gamma and beta, a row each.
pub(super) fn parameter_gradient(white: &Tensor, gradient: &Tensor) -> Tensor {
    let channel = channel_of(&white.shape);
    let channels = white.shape.get(1).copied().unwrap_or(1) as usize;
    let mut result = Tensor::filled(&[2, channels as u64], 0.0);
    for (index, (white, gradient)) in white.values.iter().zip(&gradient.values).enumerate() {
        result.values[channel(index)] += white * gradient;
        result.values[channels + channel(index)] += gradient;
    }
    result
}

pub(super) fn gradient(
    norm: &Norm,
    x: &Tensor,
    white: &Tensor,
    gradient: &Tensor,
    gamma: Option<&Tensor>,
) -> Tensor {
    let (_, inverse_deviation) = whitening(norm, x);
    let scaled =
        gradient.map_with_channel(|channel, value| value * gamma.map_or(1.0, |gamma| gamma.values[channel]));
    let mean = means(norm.kind, &scaled);
    let along = means(norm.kind, &scaled.zip(white, |gradient, white| gradient * white));
    scaled
        .zip(&mean, |gradient, mean| gradient - mean)
        .zip(
            &white.zip(&along, |white, along| white * along),
            |gradient, along| gradient - along,
        )
        .zip(&inverse_deviation, |gradient, scale| gradient * scale)
}
