//! Pointwise functions by their definitions.

use std::f64::consts::{FRAC_2_PI, SQRT_2};

use super::Activation;

/// Factor of the cube in the approximation of GELU by a hyperbolic tangent (Hendrycks and Gimpel 2016).
pub(super) const GELU_CUBE: f64 = 0.044_715;

impl Activation {
    /// The function at x, in double precision. What is not a number stays so.
    pub fn value(self, x: f64) -> f64 {
        match self {
            Self::Swish => x * sigmoid(x),
            Self::Sigmoid => sigmoid(x),
            Self::Relu => {
                if x < 0.0 {
                    0.0
                } else {
                    x
                }
            }
            Self::Relu6 => x.clamp(0.0, 6.0),
            Self::HardSwish => x * hard_sigmoid(x),
            Self::HardSigmoid => hard_sigmoid(x),
            Self::Tanh => x.tanh(),
            Self::Gelu => x * gaussian(x),
            Self::GeluTanh => 0.5 * x * (1.0 + gelu_argument(x).tanh()),
            Self::ScaledSwish { rate } => x * sigmoid(rate.value() * x),
            Self::LeakyRelu { slope } => {
                if x < 0.0 {
                    slope.value() * x
                } else {
                    x
                }
            }
            Self::Elu {
                scale,
                amplitude,
                rate,
            } => {
                if x > 0.0 {
                    scale.value() * x
                } else {
                    amplitude.value() * (rate.value() * x).exp_m1()
                }
            }
            Self::Softplus => softplus(x),
            Self::Softsign => x / (1.0 + x.abs()),
            Self::Mish => x * softplus(x).tanh(),
            Self::Ramp { slope, shift } => (slope.value() * x + shift.value()).clamp(0.0, 1.0),
            Self::Clip { low, high } => {
                let bounded = if x < low.value() { low.value() } else { x };
                if bounded > high.value() {
                    high.value()
                } else {
                    bounded
                }
            }
            Self::ThresholdedRelu { threshold } => {
                if x <= threshold.value() {
                    0.0
                } else {
                    x
                }
            }
            Self::Shrink { threshold, bias } => {
                if x < -threshold.value() {
                    x + bias.value()
                } else if x > threshold.value() {
                    x - bias.value()
                } else {
                    0.0 * x
                }
            }
            Self::Exponential => x.exp(),
            Self::Logarithm => x.ln(),
            Self::SquareRoot => x.sqrt(),
            Self::Reciprocal => x.recip(),
            Self::Square => x * x,
            Self::Power { exponent } => x.powf(exponent.value()),
            Self::Absolute => x.abs(),
            Self::Negate => -x,
            Self::Sign => {
                if x == 0.0 {
                    x
                } else {
                    x.signum()
                }
            }
            Self::Floor => x.floor(),
            Self::Ceiling => x.ceil(),
            Self::Round => x.round_ties_even(),
            Self::Sine => x.sin(),
            Self::Cosine => x.cos(),
            Self::ErrorFunction => libm::erf(x),
        }
    }
}

pub(super) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn hard_sigmoid(x: f64) -> f64 {
    (x + 3.0).clamp(0.0, 6.0) / 6.0
}

/// ln(1 + e^x), in a form in which nothing overflows.
pub(super) fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// What GELU takes the hyperbolic tangent of.
pub(super) fn gelu_argument(x: f64) -> f64 {
    FRAC_2_PI.sqrt() * (x + GELU_CUBE * x * x * x)
}

/// The Gaussian distribution function.
pub(super) fn gaussian(x: f64) -> f64 {
    libm::erfc(-x / SQRT_2) / 2.0
}
