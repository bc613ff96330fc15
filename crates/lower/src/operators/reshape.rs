//! Other shapes of the same elements.

use tilesim_graph::Op;

use super::rearrange;
use crate::{LowerError, context::Context, layout::Value};

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
    let result = match value.layout.reshaped(shape) {
        Some(layout) => Value { layout, ..value },
        None => rearrange::reshape(context, op, value, shape)?,
    };
    context.define(op.output, result);
    Ok(())
}
