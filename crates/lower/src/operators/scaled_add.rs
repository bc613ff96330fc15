//! Weight updates.

use tilesim_graph::Op;
use tilesim_program::{
    Work,
    work::{VectorKernel, VectorWork},
};

use crate::{
    LowerError,
    lowering::{Lowering, unsupported},
};

/// The gradient comes to where the weights rest, and is added there in place.
pub(crate) fn lower(lowering: &mut Lowering, op: &Op) -> Result<(), LowerError> {
    let weights = lowering.operand(op, 0)?;
    let gradient = lowering.operand(op, 1)?;
    if weights.shape() != gradient.shape() {
        return Err(unsupported(
            op,
            format!("adding {:?} to {:?}", gradient.shape(), weights.shape()),
            "operands of one shape",
        ));
    }
    let data = lowering.data();
    let mut gathering = lowering.gather(format!("{} gather gradient", op.name));
    let arrived = gathering.bring(&format!("{}/gradient", op.name), &gradient, &weights.layout, data);
    gathering.finish();
    lowering.emitter.compute(
        format!("{} update", op.name),
        Work::Vector(VectorWork {
            over: weights.placement().clone(),
            kernel: VectorKernel::ScaledAdd { element_type: data },
        }),
        vec![weights.variable, arrived],
        vec![weights.variable],
    );
    lowering.define(op.output, weights);
    Ok(())
}
