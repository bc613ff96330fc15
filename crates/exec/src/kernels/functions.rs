//! Functions of single elements.

use tilesim_program::vertex::vector::{BinaryOp, NonLinearity, ReduceOp, UnaryOp};

/// A function of one operand.
pub(super) fn unary(op: UnaryOp) -> fn(f32) -> f32 {
    match op {
        UnaryOp::Absolute => f32::abs,
        UnaryOp::Cosine => f32::cos,
        UnaryOp::Exponent => f32::exp,
        UnaryOp::ExponentMinusOne => f32::exp_m1,
        UnaryOp::Floor => f32::floor,
        UnaryOp::Inverse => f32::recip,
        UnaryOp::Logarithm => f32::ln,
        UnaryOp::Negate => |x| -x,
        UnaryOp::Relu => |x| maximum(x, 0.0),
        UnaryOp::Round => f32::round_ties_even,
        UnaryOp::ReciprocalSquareRoot => |x| x.sqrt().recip(),
        UnaryOp::Sigmoid => sigmoid,
        UnaryOp::Sine => f32::sin,
        UnaryOp::SquareRoot => f32::sqrt,
        UnaryOp::Square => |x| x * x,
        UnaryOp::Tanh => f32::tanh,
        UnaryOp::Erf => libm::erff,
        UnaryOp::GeluErf => gelu,
        UnaryOp::IsFinite => |x| truth(x.is_finite()),
        // Of zero it is zero, and of what is no number that.
        UnaryOp::Signum => |x| if x == 0.0 { x } else { x.signum() },
    }
}

/// A fused non-linearity.
pub(super) fn non_linearity(function: NonLinearity) -> fn(f32) -> f32 {
    match function {
        NonLinearity::Swish => |x| x * sigmoid(x),
        NonLinearity::Gelu => gelu,
        NonLinearity::GeluTanh => gelu_tanh,
        NonLinearity::Relu => |x| maximum(x, 0.0),
        NonLinearity::Sigmoid => sigmoid,
        NonLinearity::Tanh => f32::tanh,
    }
}

/// The gradient of a fused non-linearity's operand from the gradient of its output and its operand, or its output where that
/// determines the slope.
pub(super) fn non_linearity_gradient(function: NonLinearity) -> fn(f32, f32) -> f32 {
    match function {
        NonLinearity::Swish => |gradient, x| {
            let gate = sigmoid(x);
            gradient * gate * (1.0 + x * (1.0 - gate))
        },
        NonLinearity::Gelu => |gradient, x| gradient * gelu_slope(x),
        NonLinearity::GeluTanh => |gradient, x| gradient * gelu_tanh_slope(x),
        NonLinearity::Relu => |gradient, y| if y > 0.0 { gradient } else { 0.0 },
        NonLinearity::Sigmoid => |gradient, y| gradient * y * (1.0 - y),
        NonLinearity::Tanh => |gradient, y| gradient * (1.0 - y * y),
    }
}

/// A function of two operands.
pub(super) fn binary(op: BinaryOp) -> fn(f32, f32) -> f32 {
    match op {
        BinaryOp::Add => |a, b| a + b,
        BinaryOp::Subtract => |a, b| a - b,
        BinaryOp::Multiply => |a, b| a * b,
        BinaryOp::Divide => |a, b| a / b,
        BinaryOp::Maximum => maximum,
        BinaryOp::Minimum => |a, b| -maximum(-a, -b),
        BinaryOp::Power => f32::powf,
        BinaryOp::Equal => |a, b| truth(a.partial_cmp(&b).is_some_and(std::cmp::Ordering::is_eq)),
        BinaryOp::GreaterThan => |a, b| truth(a > b),
    }
}

/// What a class adds to the cross entropy. A class that is not the target's adds nothing, however improbable: 0 · ln 0 is 0 here.
pub(super) fn cross_entropy(probability: f32, target: f32) -> f32 {
    // What is no number stays so.
    if target == 0.0 && !probability.is_nan() {
        0.0
    } else {
        -target * probability.ln()
    }
}

/// The larger of two values. What is not a number stays so, as in ONNX: `f32::max` would take the other operand.
pub(super) fn maximum(a: f32, b: f32) -> f32 {
    if a > b || a.is_nan() { a } else { b }
}

/// What a reduction of nothing is.
pub(super) const fn identity(op: ReduceOp) -> f32 {
    match op {
        ReduceOp::Add | ReduceOp::SquareAdd => 0.0,
        ReduceOp::Maximum => f32::NEG_INFINITY,
    }
}

/// One step of a reduction.
pub(super) fn accumulate(op: ReduceOp, so_far: f32, value: f32) -> f32 {
    match op {
        ReduceOp::Add => so_far + value,
        ReduceOp::SquareAdd => so_far + value * value,
        ReduceOp::Maximum => maximum(so_far, value),
    }
}

/// A reduction.
pub(super) fn reduce(op: ReduceOp, values: &[f32]) -> f32 {
    values
        .iter()
        .fold(identity(op), |so_far, value| accumulate(op, so_far, *value))
}

/// One for what holds, zero for what does not.
fn truth(holds: bool) -> f32 {
    f32::from(u8::from(holds))
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// As networks define it, by the error function. The fused kernel approximates that by a hyperbolic tangent (Hendrycks and Gimpel
/// 2016), 5 · 10⁻⁴ off at most: as with every other function, what is computed here is the function, not the way to it.
fn gelu(x: f32) -> f32 {
    x * gaussian(x)
}

/// Slope of [`gelu`].
fn gelu_slope(x: f32) -> f32 {
    let density = (-0.5 * x * x).exp() / (2.0 * std::f32::consts::PI).sqrt();
    gaussian(x) + x * density
}

/// Factor of the cube in what the approximation of GELU takes the tangent of (Hendrycks and Gimpel 2016).
const GELU_CUBE: f32 = 0.044_715;

/// √(2/π).
fn gelu_factor() -> f32 {
    std::f32::consts::FRAC_2_PI.sqrt()
}

/// GELU by a hyperbolic tangent.
fn gelu_tanh(x: f32) -> f32 {
    0.5 * x * (1.0 + (gelu_factor() * (x + GELU_CUBE * x * x * x)).tanh())
}

/// Slope of [`gelu_tanh`].
fn gelu_tanh_slope(x: f32) -> f32 {
    let tanh = (gelu_factor() * (x + GELU_CUBE * x * x * x)).tanh();
    let inner = gelu_factor() * (1.0 + 3.0 * GELU_CUBE * x * x);
    0.5 * (1.0 + tanh) + 0.5 * x * (1.0 - tanh * tanh) * inner
}

/// The normal distribution up to x.
fn gaussian(x: f32) -> f32 {
    0.5 * (1.0 + libm::erff(x * std::f32::consts::FRAC_1_SQRT_2))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The softmax of distant logits is exactly 0, and its logarithm infinite.
    #[test]
    fn classes_without_a_target_add_nothing_to_the_cross_entropy() {
        let added = vec![
            cross_entropy(0.0, 0.0),
            cross_entropy(1.0, 1.0),
            cross_entropy(0.0, 1.0),
        ];
        assert_eq!(added, vec![0.0, 0.0, f32::INFINITY]);
        assert!(cross_entropy(f32::NAN, 0.0).is_nan());
    }

    #[test]
    fn infinities_are_compared_like_any_value() {
        const INFINITE: f32 = f32::INFINITY;
        let minimum = binary(BinaryOp::Minimum);
        let joined = vec![
            reduce(ReduceOp::Maximum, &[-INFINITE, 1.0, INFINITE]),
            reduce(ReduceOp::Maximum, &[-INFINITE, -INFINITE]),
            minimum(INFINITE, 2.0),
            minimum(-INFINITE, 2.0),
            minimum(INFINITE, INFINITE),
        ];
        assert_eq!(joined, vec![INFINITE, -INFINITE, 2.0, -INFINITE, INFINITE]);
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        for (a, b) in [(f32::NAN, 6.0), (6.0, f32::NAN)] {
            assert!(binary(BinaryOp::Minimum)(a, b).is_nan());
            assert!(binary(BinaryOp::Maximum)(a, b).is_nan());
            assert!(reduce(ReduceOp::Maximum, &[a, b]).is_nan());
        }
        assert!(unary(UnaryOp::Relu)(f32::NAN).is_nan());
        assert!(non_linearity(NonLinearity::Relu)(f32::NAN).is_nan());
    }
}
