//! Swish and its gradient as a release of the library computes them: composed of steps, or by fused kernels.

use tilesim_program::vertex::vector::{BinaryOp, NonLinearity, UnaryOp};
use tilesim_terms::SwishKernel;

use super::{activation, elementwise::Chain, fill};
use crate::{context::Context, layout::Value};

/// x · sigmoid(x).
pub(super) fn apply(chain: &mut Chain) {
    match kernel(chain.context) {
        SwishKernel::Composed => composed(chain),
        SwishKernel::FusedInPlace => {
            chain.own_copy();
            activation::fused(chain, "swish", NonLinearity::Swish);
        }
        SwishKernel::Fused => activation::fused(chain, "swish", NonLinearity::Swish),
    }
}

/// Turns the gradient of the output into that of `x`.
pub(super) fn apply_gradient(chain: &mut Chain, x: &Value) {
    match kernel(chain.context) {
        SwishKernel::Composed => composed_gradient(chain, x),
        SwishKernel::FusedInPlace | SwishKernel::Fused => {
            chain.gradient("swish gradient", NonLinearity::Swish, x);
        }
    }
}

/// Whether the gradient lies where that of the output does, and not where x does.
pub(super) fn gradient_stays(context: &Context) -> bool {
    kernel(context) == SwishKernel::Composed
}

const fn kernel(context: &Context) -> SwishKernel {
    context.options.software.swish
}

/// `Sigmoid` out of place is a copy and the kernel in place (PopLibs `NonLinearity.cpp`), and the product is a new tensor, so that x, the
/// sigmoid and the product live at once.
fn composed(chain: &mut Chain) {
    let shape = chain.value().shape().to_vec();
    let mut sigmoid = chain.branch("sigmoid");
    sigmoid.copy();
    sigmoid.unary("sigmoid", UnaryOp::Sigmoid);
    let sigmoid = sigmoid.finish();
    chain.keep();
    chain.operand("multiply by sigmoid", BinaryOp::Multiply, &sigmoid, &shape);
}

/// dy · (s · (1 + x · (1 − s))) with the sigmoid s worked out again, where x lies; the product with dy is in place on that, and so
/// where dy lies. 1 − s takes the general subtraction with the constant expanded (PopLibs `ElementWise.cpp`); 1 − s and the
/// product with x are new tensors, the others overwrite what they go on with.
fn composed_gradient(chain: &mut Chain, x: &Value) {
    let shape = x.shape().to_vec();
    let name = chain.name().to_owned();
    let mut sigmoid = Chain::not_own(chain.context, format!("{name}/sigmoid"), x.clone());
    sigmoid.copy();
    sigmoid.unary("sigmoid", UnaryOp::Sigmoid);
    let sigmoid = sigmoid.finish();
    let ones = fill::filled(chain.context, &format!("{name}/one"), x, 1.0);
    let mut slope = Chain::not_own(chain.context, format!("{name}/slope"), ones);
    slope.operand("subtract sigmoid", BinaryOp::Subtract, &sigmoid, &shape);
    slope.keep();
    slope.operand("multiply by x", BinaryOp::Multiply, x, &shape);
    slope.scalar("add one", BinaryOp::Add, 1.0);
    slope.operand("multiply by sigmoid", BinaryOp::Multiply, &sigmoid, &shape);
    let slope = slope.finish();
    chain.operand("multiply by slope", BinaryOp::Multiply, &slope, &shape);
}
