//! Other shapes of the same elements.

use tilesim_graph::Op;

use crate::{
    LowerError,
    lowering::{Lowering, unsupported},
};

/// A view: nothing moves. Parameters are laid out by whoever reads them.
pub(crate) fn lower(lowering: &mut Lowering, op: &Op) -> Result<(), LowerError> {
    if let [input] = op.inputs.as_slice()
        && lowering.is_parameter(*input)
        && !lowering.is_laid_out(*input)
    {
        lowering.define_parameter(op.output);
        return Ok(());
    }
    let mut value = lowering.operand(op, 0)?;
    let shape = &lowering.graph.tensor(op.output).shape;
    value.layout = value.layout.reshaped(shape).ok_or_else(|| {
        unsupported(
            op,
            format!("a reshape of {:?} to {shape:?}", value.shape()),
            "dropping and adding dimensions of one element",
        )
    })?;
    lowering.define(op.output, value);
    Ok(())
}
