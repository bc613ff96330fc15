//! Slopes of pointwise functions.

use std::f64::consts::{FRAC_2_PI, FRAC_2_SQRT_PI, PI};

use super::{
    Activation, GradientOperand,
    value::{GELU_CUBE, gaussian, gelu_argument, sigmoid, softplus},
};

impl Activation {
    /// Slope at x, worked out from its input or output as [`gradient_operand`](Self::gradient_operand) says. At a kink it is that
    /// of the flat side; of functions without gradient it is 0.
    pub fn slope(self, operand: f64) -> f64 {
        let between = |low: f64, high: f64, slope: f64| {
            if low < operand && operand < high {
                slope
            } else {
                0.0
            }
        };
        match self {
            Self::Swish => swish(operand, 1.0),
            Self::ScaledSwish { rate } => swish(operand, rate.value()),
            Self::Sigmoid => operand * (1.0 - operand),
            Self::Relu => between(0.0, f64::INFINITY, 1.0),
            Self::Relu6 => between(0.0, 6.0, 1.0),
            Self::HardSigmoid => between(0.0, 1.0, 1.0 / 6.0),
            Self::HardSwish if operand >= 3.0 => 1.0,
            Self::HardSwish => between(-3.0, 3.0, (2.0 * operand + 3.0) / 6.0),
            Self::Tanh => 1.0 - operand * operand,
            Self::Gelu => gaussian(operand) + operand * (-operand * operand / 2.0).exp() / (2.0 * PI).sqrt(),
            Self::GeluTanh => {
                let tanh = gelu_argument(operand).tanh();
                let inner = FRAC_2_PI.sqrt() * (1.0 + 3.0 * GELU_CUBE * operand * operand);
                0.5 * (1.0 + tanh) + 0.5 * operand * (1.0 - tanh * tanh) * inner
            }
            Self::LeakyRelu { slope } => {
                if operand > 0.0 {
                    1.0
                } else {
                    slope.value()
                }
            }
            Self::Elu {
                scale,
                amplitude,
                rate,
            } => {
                if operand > 0.0 {
                    scale.value()
                } else {
                    amplitude.value() * rate.value() * (rate.value() * operand).exp()
                }
            }
            Self::Softplus => sigmoid(operand),
            Self::Softsign => (1.0 + operand.abs()).powi(-2),
            Self::Mish => {
                let tanh = softplus(operand).tanh();
                tanh + operand * sigmoid(operand) * (1.0 - tanh * tanh)
            }
            Self::Ramp { slope, .. } => between(0.0, 1.0, slope.value()),
            Self::Clip { low, high } => between(low.value(), high.value(), 1.0),
            Self::ThresholdedRelu { threshold } => between(threshold.value(), f64::INFINITY, 1.0),
            Self::Shrink { threshold, .. } => f64::from(u8::from(operand.abs() > threshold.value())),
            Self::Exponential => operand,
            Self::Logarithm => operand.recip(),
            Self::SquareRoot => 0.5 / operand,
            Self::Reciprocal => -operand * operand,
            Self::Square => 2.0 * operand,
            Self::Power { exponent } => exponent.value() * operand.powf(exponent.value() - 1.0),
            Self::Absolute => Self::Sign.value(operand),
            Self::Negate => -1.0,
            Self::Sine => operand.cos(),
            Self::Cosine => -operand.sin(),
            Self::ErrorFunction => FRAC_2_SQRT_PI * (-operand * operand).exp(),
            Self::Sign | Self::Floor | Self::Ceiling | Self::Round => 0.0,
        }
    }

    /// The slope at x, whatever the gradient is worked out from.
    pub(crate) fn slope_at(self, x: f64) -> f64 {
        match self.gradient_operand() {
            GradientOperand::Input => self.slope(x),
            GradientOperand::Output => self.slope(self.value(x)),
        }
    }
}

/// Slope of x · sigmoid(rate · x).
fn swish(x: f64, rate: f64) -> f64 {
    let sigmoid = sigmoid(rate * x);
    sigmoid * (1.0 + rate * x * (1.0 - sigmoid))
}
