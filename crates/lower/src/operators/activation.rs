//! Activations: a fused kernel where the machine has one, or else the functions that it composes.

use super::{composition, elementwise::Chain, swish};
use crate::{LowerError, context::Context};
use tilesim_graph::{Activation, Op};
use tilesim_program::{
    vertex::vector::{BinaryOp, NonLinearity, UnaryOp},
    work::VectorKernel,
};

pub(crate) fn lower(context: &mut Context, op: &Op, activation: Activation) -> Result<(), LowerError> {
    let mut chain = Chain::new(context, op)?;
    apply(&mut chain, activation);
    chain.define(op.output);
    Ok(())
}

/// Applies an activation to a chain.
pub(super) fn apply(chain: &mut Chain, activation: Activation) {
    match activation {
        Activation::Swish => swish::apply(chain),
        Activation::Gelu => fused(chain, "gelu", NonLinearity::Gelu),
        Activation::GeluTanh => fused(chain, "gelu", NonLinearity::GeluTanh),
        Activation::Sigmoid => chain.unary("sigmoid", UnaryOp::Sigmoid),
        Activation::Relu => chain.unary("relu", UnaryOp::Relu),
        Activation::Tanh => chain.unary("tanh", UnaryOp::Tanh),
        Activation::Relu6 => relu6(chain),
        Activation::HardSigmoid => hard_sigmoid(chain),
        Activation::HardSwish => {
            let shape = chain.value().shape().to_vec();
            // The gate is computed beside its operand, which it then multiplies.
            let mut gate = chain.branch("gate");
            hard_sigmoid(&mut gate);
            let gate = gate.finish();
            chain.operand("multiply by gate", BinaryOp::Multiply, &gate, &shape);
        }
        composed => {
            if let Some(term) = composed.composition() {
                composition::apply(chain, &term, None);
            }
        }
    }
}

fn relu6(chain: &mut Chain) {
    chain.unary("relu", UnaryOp::Relu);
    chain.scalar("minimum", BinaryOp::Minimum, 6.0);
}

fn hard_sigmoid(chain: &mut Chain) {
    chain.scalar("add", BinaryOp::Add, 3.0);
    relu6(chain);
    chain.scalar("scale", BinaryOp::Multiply, 1.0 / 6.0);
}

pub(super) fn fused(chain: &mut Chain, what: &str, non_linearity: NonLinearity) {
    chain.apply(what, &[], |element_type, in_place| VectorKernel::NonLinearity {
        non_linearity,
        element_type,
        in_place,
    });
}
