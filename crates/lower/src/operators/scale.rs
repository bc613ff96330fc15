//! Products with a constant.

use tilesim_graph::Op;
use tilesim_program::vertex::vector::BinaryOp;

use super::elementwise::Chain;
use crate::{LowerError, lowering::Lowering};

pub(crate) fn lower(lowering: &mut Lowering, op: &Op, factor: f64) -> Result<(), LowerError> {
    let mut chain = Chain::new(lowering, op)?;
    chain.scalar("scale", BinaryOp::Multiply, factor);
    chain.define(op.output);
    Ok(())
}
