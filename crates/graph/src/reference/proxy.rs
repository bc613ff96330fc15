//! Proxy-normalised activations: y = (f(γ·x + β) − proxy mean) · proxy inverse standard deviation, whose statistics are those of
//! f(γ·((1 + γ′)·r + β′) + β) over fixed Gaussian samples r.

use super::tensor::Tensor;
use crate::{ProxyActivation, proxy_samples};

pub(super) fn forward(proxy: &ProxyActivation, x: &Tensor, parameters: [&Tensor; 4]) -> Tensor {
    x.map_with_channel(|channel, x| {
        let [beta, gamma, mean, inverse_std] = parameters.map(|parameter| parameter.values[channel]);
        let centred = proxy.activation.value(gamma * x + beta) - mean;
        if proxy.scale {
            centred * inverse_std
        } else {
            centred
        }
    })
}

/// The proxy of one channel.
struct Channel {
    samples: Vec<f64>,
    beta: f64,
    gamma: f64,
    proxy_beta: f64,
    proxy_gamma: f64,
}

impl Channel {
    fn new(parameters: [&Tensor; 4], channel: usize) -> Self {
        let [beta, gamma, proxy_beta, proxy_gamma] = parameters.map(|parameter| parameter.values[channel]);
        Self {
            samples: proxy_samples(),
            beta,
            gamma,
            proxy_beta,
            proxy_gamma,
        }
    }

    /// What stands for x at a sample.
    fn proxy(&self, sample: f64) -> f64 {
        (1.0 + self.proxy_gamma) * sample + self.proxy_beta
    }

    /// Operand of the activation at a sample.
    fn operand(&self, sample: f64) -> f64 {
        self.gamma * self.proxy(sample) + self.beta
    }

    /// Mean and inverse standard deviation of the activation, in two passes.
    fn statistics(&self, proxy: &ProxyActivation) -> (f64, f64) {
        let count = self.samples.len() as f64;
        let values = || {
            self.samples
                .iter()
                .map(|&sample| proxy.activation.value(self.operand(sample)))
        };
        let mean = values().sum::<f64>() / count;
        let variance = values().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        (mean, 1.0 / (variance + proxy.epsilon).sqrt())
    }

    /// Gradients of beta, gamma, proxy beta and proxy gamma.
    fn gradient(&self, proxy: &ProxyActivation, mean_gradient: f64, inverse_std_gradient: f64) -> [f64; 4] {
        let count = self.samples.len() as f64;
        let (mean, inverse_std) = self.statistics(proxy);
        // The inverse deviation is (variance + epsilon)^(−1/2).
        let variance_gradient = -0.5 * inverse_std.powi(3) * inverse_std_gradient;
        let mut gradients = [0.0; 4];
        for &sample in &self.samples {
            let operand = self.operand(sample);
            let centred = proxy.activation.value(operand) - mean;
            let value_gradient = (mean_gradient + 2.0 * variance_gradient * centred) / count;
            let operand_gradient = value_gradient * proxy.activation.slope_at(operand);
            gradients[0] += operand_gradient;
            gradients[1] += operand_gradient * self.proxy(sample);
            gradients[2] += operand_gradient * self.gamma;
            gradients[3] += operand_gradient * self.gamma * sample;
        }
        gradients
    }
}

pub(super) fn statistics(proxy: &ProxyActivation, parameters: [&Tensor; 4]) -> Tensor {
    let channels = parameters[0].values.len();
    let (means, inverse_stds): (Vec<f64>, Vec<f64>) = (0..channels)
        .map(|channel| Channel::new(parameters, channel).statistics(proxy))
        .unzip();
    Tensor {
        shape: vec![2, channels as u64],
        values: [means, inverse_stds].concat(),
    }
}

pub(super) fn statistics_gradient(
    proxy: &ProxyActivation,
    parameters: [&Tensor; 4],
    mean: &Tensor,
    inverse_std: Option<&Tensor>,
) -> Tensor {
    let channels = parameters[0].values.len();
    let mut result = Tensor::filled(&[4, channels as u64], 0.0);
    for channel in 0..channels {
        let inverse_std = inverse_std.map_or(0.0, |gradient| gradient.values[channel]);
        let gradients = Channel::new(parameters, channel).gradient(proxy, mean.values[channel], inverse_std);
        for (row, gradient) in gradients.into_iter().enumerate() {
            result.values[row * channels + channel] = gradient;
        }
    }
    result
}
