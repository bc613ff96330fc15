//! Other shapes of the same elements.

use tilesim_graph::Op;

use crate::{LowerError, context::Context, error::unsupported};

/// A view: nothing moves. Parameters are laid out by whoever reads them.
pub(crate) fn lower(context: &mut Context, op: &Op) -> Result<(), LowerError> {
    if let [input] = op.inputs.as_slice()
        && context.is_parameter(*input)
        && !context.is_laid_out(*input)
    {
        context.define_parameter(op.output);
        return Ok(());
    }
    let mut value = context.operand(op, 0)?;
    let shape = &context.graph.tensor(op.output).shape;
    value.layout = value.layout.reshaped(shape).ok_or_else(|| {
        unsupported(
            op,
            format!("a reshape of {:?} to {shape:?}", value.shape()),
            "dropping and adding dimensions of one element",
        )
    })?;
    context.define(op.output, value);
    Ok(())
}
