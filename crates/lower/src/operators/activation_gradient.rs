//! Gradients of activations: a fused kernel where the machine has one, or else the functions that it composes.

use tilesim_graph::{Activation, Op};
use tilesim_program::{
    Scalar,
    vertex::vector::{BinaryOp, NonLinearity},
    work::Factor,
};

use super::{activation, composition, elementwise::Chain, swish};
use crate::{LowerError, context::Context, layout::Value};

/// Where the activation of the forward pass lies, unless the gradient is composed of steps of which the last overwrites that of the
/// output.
pub(crate) fn lower(context: &mut Context, op: &Op, activation: Activation) -> Result<(), LowerError> {
    let gradient = context.operand(op, 0)?.by_channel();
    let operand = context.operand(op, 1)?.by_channel();
    let own = context.may_overwrite(op.inputs[0]);
    let mut chain = if activation == Activation::Swish && swish::gradient_stays(context) {
        let name = op.name.clone();
        Chain::named(context, name, gradient, own)
    } else {
        Chain::moved(context, &op.name, &gradient, own, &operand.layout)
    };
    apply(&mut chain, activation, &operand);
    chain.define(op.output);
    Ok(())
}

/// Turns a gradient of an activation's output into that of its operand; `operand` is what its gradient is worked out from.
pub(super) fn apply(chain: &mut Chain, activation: Activation, operand: &Value) {
    match activation {
        Activation::Swish => swish::apply_gradient(chain, operand),
        Activation::Gelu => chain.gradient("gelu gradient", NonLinearity::Gelu, operand),
        Activation::GeluTanh => chain.gradient("gelu gradient", NonLinearity::GeluTanh, operand),
        Activation::Sigmoid => chain.gradient("sigmoid gradient", NonLinearity::Sigmoid, operand),
        Activation::Relu => chain.gradient("relu gradient", NonLinearity::Relu, operand),
        Activation::Tanh => chain.gradient("tanh gradient", NonLinearity::Tanh, operand),
        Activation::Relu6 => between(chain, operand, 6.0),
        Activation::HardSigmoid => hard_sigmoid(chain, operand),
        Activation::HardSwish => {
            let shape = operand.shape().to_vec();
            // The gate that the forward pass multiplies with, once more.
            let mut gate = Chain::not_own(chain.context, format!("{}/gate", chain.name()), operand.clone());
            activation::apply(&mut gate, Activation::HardSigmoid);
            let gate = gate.finish();
            let mut through_gate = chain.branch("through gate");
            through_gate.operand("multiply by operand", BinaryOp::Multiply, operand, &shape);
            hard_sigmoid(&mut through_gate, &gate);
            let through_gate = through_gate.finish();
            chain.operand("multiply by gate", BinaryOp::Multiply, &gate, &shape);
            let once = Factor::Constant(Scalar::ONE);
            chain.scaled_add("add through gate", 1.0, &through_gate, once, None);
        }
        composed => {
            if let Some(term) = composed.gradient_composition() {
                composition::apply(chain, &term, Some(operand));
            }
        }
    }
}

/// A sixth between 0 and 1 of the output.
fn hard_sigmoid(chain: &mut Chain, output: &Value) {
    between(chain, output, 1.0);
    chain.scalar("scale", BinaryOp::Multiply, 1.0 / 6.0);
}

/// The gradient where the output is above 0 and below `limit`: that of the rectifier, twice.
fn between(chain: &mut Chain, output: &Value, limit: f64) {
    chain.gradient("above 0", NonLinearity::Relu, output);
    let mut rest = Chain::not_own(chain.context, format!("{}/rest", chain.name()), output.clone());
    rest.scalar("negate", BinaryOp::Multiply, -1.0);
    rest.scalar("add limit", BinaryOp::Add, limit);
    let rest = rest.finish();
    chain.gradient("below limit", NonLinearity::Relu, &rest);
}
