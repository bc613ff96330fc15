//! Pointwise functions of one operand: the one table of them. A function is a variant with its parameters; what it is, its slope,
//! what its gradient reads, what it counts for, and what it is composed of are matches over all of them in the files below.

mod composition;
mod operations;
mod slope;
mod value;

use tilesim_terms::Scalar;

pub use composition::{Elementary, Joining, Term};

/// Pointwise functions of one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Activation {
    /// x · sigmoid(x), also called SiLU.
    Swish,
    /// 1 / (1 + e^−x).
    Sigmoid,
    /// max(x, 0).
    Relu,
    /// min(max(x, 0), 6).
    Relu6,
    /// x · relu6(x + 3) / 6.
    HardSwish,
    /// relu6(x + 3) / 6.
    HardSigmoid,
    /// Hyperbolic tangent.
    Tanh,
    /// Gaussian error linear unit.
    Gelu,
    /// x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³))) (Hendrycks and Gimpel 2016).
    GeluTanh,
    /// x · sigmoid(rate · x).
    ScaledSwish {
        /// Factor of x within the sigmoid.
        rate: Scalar,
    },
    /// x where it is positive, and else slope · x.
    LeakyRelu {
        /// Slope below 0.
        slope: Scalar,
    },
    /// scale · x where x is positive, and else amplitude · (e^(rate · x) − 1): ELU, SELU and CELU.
    Elu {
        /// Slope above 0.
        scale: Scalar,
        /// What it tends to below 0, negated.
        amplitude: Scalar,
        /// Factor of x in the exponent.
        rate: Scalar,
    },
    /// ln(1 + e^x).
    Softplus,
    /// x / (1 + |x|).
    Softsign,
    /// x · tanh(ln(1 + e^x)).
    Mish,
    /// min(max(slope · x + shift, 0), 1): hard sigmoids of any slope.
    Ramp {
        /// Slope between 0 and 1.
        slope: Scalar,
        /// Value at 0.
        shift: Scalar,
    },
    /// min(max(x, low), high); an infinite bound is none.
    Clip {
        /// Least value.
        low: Scalar,
        /// Largest value.
        high: Scalar,
    },
    /// x where it is above a threshold, and else 0.
    ThresholdedRelu {
        /// The threshold.
        threshold: Scalar,
    },
    /// x + bias below −threshold, x − bias above the threshold, 0 between them.
    Shrink {
        /// The threshold.
        threshold: Scalar,
        /// By how much what is left comes nearer to 0.
        bias: Scalar,
    },
    /// e^x.
    Exponential,
    /// Natural logarithm.
    Logarithm,
    /// √x.
    SquareRoot,
    /// 1 / x.
    Reciprocal,
    /// x².
    Square,
    /// x to a constant power.
    Power {
        /// The exponent.
        exponent: Scalar,
    },
    /// |x|.
    Absolute,
    /// −x.
    Negate,
    /// −1, 0 or 1.
    Sign,
    /// The largest whole number that is not above x.
    Floor,
    /// The least whole number that is not below x.
    Ceiling,
    /// The nearest whole number, of two the even one.
    Round,
    /// Sine.
    Sine,
    /// Cosine.
    Cosine,
    /// Error function.
    ErrorFunction,
}

/// The tensor of the forward pass from which the gradient of an activation is worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GradientOperand {
    /// What the activation reads.
    Input,
    /// What the activation puts out, so that it may overwrite what it reads.
    Output,
}

impl Activation {
    /// ELU: x where it is positive, and else alpha · (e^x − 1).
    pub const fn elu(alpha: f64) -> Self {
        Self::Elu {
            scale: Scalar::ONE,
            amplitude: Scalar::new(alpha),
            rate: Scalar::ONE,
        }
    }

    /// SELU: gamma times ELU.
    pub const fn selu(alpha: f64, gamma: f64) -> Self {
        Self::Elu {
            scale: Scalar::new(gamma),
            amplitude: Scalar::new(gamma * alpha),
            rate: Scalar::ONE,
        }
    }

    /// CELU: x where it is positive, and else alpha · (e^(x / alpha) − 1).
    pub const fn celu(alpha: f64) -> Self {
        Self::Elu {
            scale: Scalar::ONE,
            amplitude: Scalar::new(alpha),
            rate: Scalar::new(1.0 / alpha),
        }
    }

    /// What the gradient is worked out from: the output where it determines the slope, as PopLibs
    /// `nonLinearityInputGradient` takes it.
    pub const fn gradient_operand(self) -> GradientOperand {
        match self {
            Self::Sigmoid
            | Self::Relu
            | Self::Relu6
            | Self::HardSigmoid
            | Self::Tanh
            | Self::Ramp { .. }
            | Self::Exponential
            | Self::SquareRoot
            | Self::Reciprocal => GradientOperand::Output,
            Self::Swish
            | Self::HardSwish
            | Self::Gelu
            | Self::GeluTanh
            | Self::ScaledSwish { .. }
            | Self::LeakyRelu { .. }
            | Self::Elu { .. }
            | Self::Softplus
            | Self::Softsign
            | Self::Mish
            // Its output may be rounded to within its bounds.
            | Self::Clip { .. }
            | Self::ThresholdedRelu { .. }
            | Self::Shrink { .. }
            | Self::Logarithm
            | Self::Square
            | Self::Power { .. }
            | Self::Absolute
            | Self::Negate
            | Self::Sign
            | Self::Floor
            | Self::Ceiling
            | Self::Round
            | Self::Sine
            | Self::Cosine
            | Self::ErrorFunction => GradientOperand::Input,
        }
    }

    /// Whether it has a gradient: steps have none that teaches anything.
    pub const fn has_gradient(self) -> bool {
        !matches!(self, Self::Sign | Self::Floor | Self::Ceiling | Self::Round)
    }
}
