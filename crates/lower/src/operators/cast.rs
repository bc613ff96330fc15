//! Changes of type.

use tilesim_graph::Op;

use super::elementwise::Chain;
use crate::{LowerError, lowering::Lowering};

/// Where the operand lies. A parameter is cast where it is first read.
pub(crate) fn lower(lowering: &mut Lowering, op: &Op) -> Result<(), LowerError> {
    if let [input] = op.inputs.as_slice()
        && lowering.is_parameter(*input)
        && !lowering.is_laid_out(*input)
    {
        lowering.define_parameter(op.output);
        return Ok(());
    }
    let wanted = lowering.element_type(op.output);
    let mut chain = Chain::new(lowering, op)?;
    chain.cast(wanted);
    chain.define(op.output);
    Ok(())
}
