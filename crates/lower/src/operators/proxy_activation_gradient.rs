//! Gradients of the inner operand of proxy-normalised activations.

use tilesim_graph::{GradientOperand, Op, ProxyActivation};
use tilesim_program::vertex::vector::BinaryOp;

use super::{activation, activation_gradient, elementwise::Chain};
use crate::{
    LowerError,
    lowering::{Lowering, unsupported},
};

/// The inner operand γ·x + β is worked out once more, where x lies.
pub(crate) fn lower(lowering: &mut Lowering, op: &Op, proxy: &ProxyActivation) -> Result<(), LowerError> {
    let &[x, beta, gamma, gradient, ref inverse_deviation @ ..] = op.inputs.as_slice() else {
        return Err(unsupported(
            op,
            "a gradient of a proxy-normalised activation of fewer than four operands",
            "x, beta, gamma, gradient of the output, and proxy inverse deviation",
        ));
    };
    let x = lowering.value(op, x)?;
    let layout = x.layout.clone();
    // The gradient of gamma reads x later.
    let mut inner = Chain::not_own(lowering, format!("{}/inner", op.name), x);
    inner.parameter("scale", BinaryOp::Multiply, gamma);
    inner.parameter("shift", BinaryOp::Add, beta);
    if proxy.activation.gradient_operand() == GradientOperand::Output {
        activation::apply(&mut inner, proxy.activation);
    }
    let inner = inner.finish();
    let value = lowering.value(op, gradient)?;
    let own = lowering.may_overwrite(gradient);
    let mut chain = Chain::moved(lowering, &op.name, &value, own, &layout);
    if let Some(inverse_deviation) = inverse_deviation.first() {
        chain.parameter("scale by proxy deviation", BinaryOp::Multiply, *inverse_deviation);
    }
    activation_gradient::apply(&mut chain, proxy.activation, &inner);
    chain.define(op.output);
    Ok(())
}
