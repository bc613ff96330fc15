//! Changes of type.

use tilesim_graph::Op;

use super::elementwise::Chain;
use crate::{LowerError, context::Context};

/// Where the operand lies. A parameter is cast where it is first read.
pub(crate) fn lower(context: &mut Context, op: &Op) -> Result<(), LowerError> {
    if let [input] = op.inputs.as_slice()
        && context.is_parameter(*input)
        && !context.is_laid_out(*input)
    {
        context.define_parameter(op.output);
        return Ok(());
    }
    let wanted = context.element_type(op.output);
    let mut chain = Chain::new(context, op)?;
    chain.cast(wanted);
    chain.define(op.output);
    Ok(())
}
