//! Softmax, composed as the vendor's library composes it (PopLibs `NonLinearity.cpp`): subtract the largest, exponentiate, and
//! multiply by the inverse of the sum.

use tilesim_graph::Op;
use tilesim_program::vertex::vector::{BinaryOp, ReduceOp, UnaryOp};

use super::{
    elementwise::Chain,
    reduce::{Results, reduce},
};
use crate::{LowerError, context::Context, layout};

pub(crate) fn lower(context: &mut Context, op: &Op) -> Result<(), LowerError> {
    let mut chain = Chain::new(context, op)?;
    apply(&mut chain);
    chain.define(op.output);
    Ok(())
}

/// Softmax over the channels of a chain.
pub(super) fn apply(chain: &mut Chain) {
    let name = chain.name().to_owned();
    let input = chain.value().clone();
    let mut shape = vec![1; input.shape().len()];
    shape[0] = input.shape()[0];
    let to = layout::spread(&shape, 1, chain.context.tiles());
    let slot = chain.context.next_results(to.placement.grid.tiles());
    let to = layout::moved(to, slot);
    let results = Results {
        shape: &shape,
        layout: &to,
        element_type: input.element_type,
        scale: 1.0,
        group: 1,
    };
    for largest in reduce(chain.context, &name, &input, &[ReduceOp::Maximum], &results) {
        chain.operand("subtract largest", BinaryOp::Subtract, &largest, &shape);
    }
    chain.unary("exponentiate", UnaryOp::Exponent);
    let exponentials = chain.value().clone();
    for sum in reduce(chain.context, &name, &exponentials, &[ReduceOp::Add], &results) {
        let mut inverse = Chain::own(chain.context, format!("{name}/sum"), sum);
        inverse.unary("invert", UnaryOp::Inverse);
        let inverse = inverse.finish();
        chain.operand("multiply by inverse sum", BinaryOp::Multiply, &inverse, &shape);
    }
}
