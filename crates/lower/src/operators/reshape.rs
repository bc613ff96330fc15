//! Other shapes of the same elements.

use tilesim_graph::Op;

use super::rearrange;
use crate::{
    LowerError,
    context::Context,
    layout::{self, Value},
};

/// A view where only dimensions of one element come and go: nothing moves, and parameters are laid out by whoever reads them. Other
/// shapes are a rearrangement.
pub(crate) fn lower(context: &mut Context, op: &Op) -> Result<(), LowerError> {
    let graph = context.graph;
    let shape = &graph.tensor(op.output).shape;
    let long = |shape: &[u64]| shape.iter().copied().filter(|size| *size > 1).collect::<Vec<_>>();
    if let [input] = op.inputs.as_slice()
        && context.is_parameter(*input)
        && !context.is_laid_out(*input)
        && long(&graph.tensor(*input).shape) == long(shape)
    {
        context.define_parameter(op.output);
        return Ok(());
    }
    let value = match rearrange::operands(context, op)?.pop() {
        Some(value) => value,
        None => context.operand(op, 0)?,
    };
    let view = value.layout.reshaped(shape);
    let result = match view.filter(|_| keeps_roles(value.shape(), shape)) {
        Some(layout) => Value { layout, ..value },
        None => rearrange::reshape(context, op, value, shape)?,
    };
    context.define(op.output, result);
    Ok(())
}

/// Whether samples stay samples and channels channels: in another role a dimension lies in another order, and tiles share it out in
/// another way.
fn keeps_roles(from: &[u64], to: &[u64]) -> bool {
    let roles = |shape: &[u64]| -> Vec<usize> {
        let shape = layout::by_channel(shape);
        let long = shape.iter().enumerate().filter(|(_, size)| **size > 1);
        long.map(|(dimension, _)| dimension.min(2)).collect()
    };
    roles(from) == roles(to)
}
