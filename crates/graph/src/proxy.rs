//! The proxy distribution of proxy-normalised activations (Masters et al. 2021).

use std::f64::consts::{PI, SQRT_2};

/// Samples that stand for the proxy distribution.
pub const PROXY_SAMPLES: u64 = 200;

/// The quantiles `sqrt(2) · erfinv(2 · (i + 0.5) / samples − 1)` of the Gaussian distribution: fixed samples, nothing random.
pub fn proxy_samples() -> Vec<f64> {
    (0..PROXY_SAMPLES)
        .map(|i| gaussian_quantile((i as f64 + 0.5) / PROXY_SAMPLES as f64))
        .collect()
}

/// Where the Gaussian distribution function is `probability`, by Newton's method from the middle.
///
/// The distribution function is concave above 0, so the steps from 0 on never pass the root; symmetry gives the other half.
fn gaussian_quantile(probability: f64) -> f64 {
    let upper = probability.max(1.0 - probability);
    let mut quantile = 0.0_f64;
    // Convergence is quadratic near the root; a step of 0 changes nothing.
    for _ in 0..64 {
        let excess = 0.5 * libm::erfc(-quantile / SQRT_2) - upper;
        quantile -= excess * (2.0 * PI).sqrt() * (quantile * quantile / 2.0).exp();
    }
    if probability < 0.5 { -quantile } else { quantile }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_symmetric_and_rise() {
        let samples = proxy_samples();
        assert_eq!(samples.len() as u64, PROXY_SAMPLES);
        assert!(samples.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(
            samples
                .iter()
                .zip(samples.iter().rev())
                .all(|(a, b)| (a + b).abs() < 1e-12)
        );
        // The 0.9975 quantile.
        assert!((samples[199] - 2.807_033_768_343_811).abs() < 1e-12);
    }
}
