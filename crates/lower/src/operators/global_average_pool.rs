//! Mean over space.

use tilesim_graph::Op;
use tilesim_program::vertex::vector::ReduceOp;
use tilesim_program::work::Channels;

use super::reduce::{Results, reduce};
use crate::{LowerError, context::Context, layout};

/// Words of the exchange: what is reduced lies in pieces of one word, over as many tiles as that gives, so that the fewest partial
/// results meet on one tile. The division is the scale of the last reduction.
pub(crate) fn lower(context: &mut Context, op: &Op) -> Result<(), LowerError> {
    let input = context.operand(op, 0)?;
    let data = input.element_type;
    let shape = &context.graph.tensor(op.output).shape;
    let word = u64::from(context.machine.exchange_bytes_per_cycle) / data.bytes();
    let to = layout::spread(shape, word.max(1), context.tiles());
    let positions: u64 = input.shape().iter().skip(2).product();
    let mean = reduce(
        context,
        &op.name,
        &input,
        ReduceOp::Add,
        &Results {
            shape,
            layout: &to,
            element_type: data,
            scale: 1.0 / positions as f64,
            channels: Channels::Runs(1),
        },
    );
    if let Some(mean) = mean {
        context.define(op.output, mean);
    }
    Ok(())
}
