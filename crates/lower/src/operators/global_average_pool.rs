//! Mean over space.

use tilesim_graph::Op;
use tilesim_program::vertex::vector::ReduceOp;

use super::reduce::reduce;
use crate::{LowerError, layout, lowering::Lowering};

/// The results lie in blocks of one data path over the tiles; the division is the scale of the last reduction.
pub(crate) fn lower(lowering: &mut Lowering, op: &Op) -> Result<(), LowerError> {
    let input = lowering.operand(op, 0)?;
    let data = lowering.data();
    let shape = &lowering.graph.tensor(op.output).shape;
    let to = layout::spread(shape, lowering.machine.vector_width(data), lowering.tiles());
    let sums = reduce(lowering, &op.name, &input, shape, &to, &[ReduceOp::Add], data);
    for sum in sums {
        lowering.define(op.output, sum);
    }
    Ok(())
}
