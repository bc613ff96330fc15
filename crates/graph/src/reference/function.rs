//! Functions of two operands.

use crate::Binary;

pub(super) fn binary(function: Binary, left: f64, right: f64) -> f64 {
    match function {
        Binary::Add => left + right,
        Binary::Subtract => left - right,
        Binary::Multiply => left * right,
        Binary::Divide => left / right,
        Binary::Maximum => maximum(left, right),
        Binary::Minimum => -maximum(-left, -right),
        Binary::Power => left.powf(right),
    }
}

/// The larger of two values; what is not a number stays so.
fn maximum(left: f64, right: f64) -> f64 {
    if left > right || left.is_nan() {
        left
    } else {
        right
    }
}
