//! Moving averages.

use tilesim_graph::Op;
use tilesim_program::{Scalar, work::Factor};

use super::elementwise::Chain;
use crate::{LowerError, context::Context};

/// The value comes to where the average rests.
pub(crate) fn lower(context: &mut Context, op: &Op, decay: f64) -> Result<(), LowerError> {
    let value = context.operand(op, 1)?;
    let average = context.resting(op, 0, &value.layout)?;
    let own = context.may_overwrite(op.inputs[0]);
    let mut chain = Chain::new_at(context, op, average, own);
    let rest = Factor::Constant(Scalar::new(1.0 - decay));
    chain.scaled_add("move on", decay, &value, rest, None);
    chain.define(op.output);
    Ok(())
}
