//! Products with a constant.

use tilesim_graph::Op;
use tilesim_program::vertex::vector::BinaryOp;

use super::elementwise::Chain;
use crate::{LowerError, context::Context};

pub(crate) fn lower(context: &mut Context, op: &Op, factor: f64) -> Result<(), LowerError> {
    let mut chain = Chain::new(context, op)?;
    chain.scalar("scale", BinaryOp::Multiply, factor);
    chain.define(op.output);
    Ok(())
}
