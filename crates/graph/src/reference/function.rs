//! Pointwise functions and their slopes.

use std::f64::consts::{PI, SQRT_2};

use crate::{Activation, Binary};

pub(super) fn binary(function: Binary, left: f64, right: f64) -> f64 {
    match function {
        Binary::Add => left + right,
        Binary::Subtract => left - right,
        Binary::Multiply => left * right,
        Binary::Divide => left / right,
    }
}

pub(super) fn activation(function: Activation, x: f64) -> f64 {
    match function {
        Activation::Swish => x * sigmoid(x),
        Activation::Sigmoid => sigmoid(x),
        // What is not a number stays so.
        Activation::Relu => {
            if x < 0.0 {
                0.0
            } else {
                x
            }
        }
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::HardSwish => x * hard_sigmoid(x),
        Activation::HardSigmoid => hard_sigmoid(x),
        Activation::Tanh => x.tanh(),
        Activation::Gelu => x * gaussian(x),
    }
}

/// Slope of an activation at x, worked out from its input or output as [`Activation::gradient_operand`] says. At a kink it is
/// that of the flat side.
pub(super) fn slope(function: Activation, operand: f64) -> f64 {
    let inside = |low: f64, high: f64, slope: f64| {
        if low < operand && operand < high {
            slope
        } else {
            0.0
        }
    };
    match function {
        Activation::Swish => {
            let sigmoid = sigmoid(operand);
            sigmoid * (1.0 + operand * (1.0 - sigmoid))
        }
        Activation::Sigmoid => operand * (1.0 - operand),
        Activation::Relu => inside(0.0, f64::INFINITY, 1.0),
        Activation::Relu6 => inside(0.0, 6.0, 1.0),
        Activation::HardSigmoid => inside(0.0, 1.0, 1.0 / 6.0),
        Activation::HardSwish if operand >= 3.0 => 1.0,
        Activation::HardSwish => inside(-3.0, 3.0, (2.0 * operand + 3.0) / 6.0),
        Activation::Tanh => 1.0 - operand * operand,
        Activation::Gelu => {
            gaussian(operand) + operand * (-operand * operand / 2.0).exp() / (2.0 * PI).sqrt()
        }
    }
}

/// The operand of [`slope`] for an activation's x.
pub(super) fn slope_at(function: Activation, x: f64) -> f64 {
    match function.gradient_operand() {
        crate::GradientOperand::Input => slope(function, x),
        crate::GradientOperand::Output => slope(function, activation(function, x)),
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn hard_sigmoid(x: f64) -> f64 {
    (x + 3.0).clamp(0.0, 6.0) / 6.0
}

/// The Gaussian distribution function.
fn gaussian(x: f64) -> f64 {
    libm::erfc(-x / SQRT_2) / 2.0
}
