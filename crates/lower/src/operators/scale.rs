//! Products with a constant; those of accumulated gradients are their mean, which a release may take by a division.

use tilesim_graph::Op;
use tilesim_program::vertex::vector::BinaryOp;
use tilesim_terms::{Phase, ScalarDivision};

use super::elementwise::Chain;
use crate::{LowerError, context::Context};

pub(crate) fn lower(context: &mut Context, op: &Op, factor: f64) -> Result<(), LowerError> {
    let accumulated = op.phase == Phase::Update
        && (op.inputs.first()).is_some_and(|sum| context.analysis.previous(*sum).is_some());
    let divides = accumulated && context.options.software.gradient_division == ScalarDivision::Divide;
    let mut chain = Chain::new(context, op)?;
    if divides {
        chain.scalar("divide", BinaryOp::Divide, 1.0 / factor);
    } else {
        chain.scalar("scale", BinaryOp::Multiply, factor);
    }
    chain.define(op.output);
    Ok(())
}
