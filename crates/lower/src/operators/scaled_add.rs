//! Weight updates.

use tilesim_graph::Op;
use tilesim_program::{
    Scalar, Work,
    work::{VectorKernel, VectorWork},
};

use crate::{
    LowerError,
    lowering::{Lowering, unsupported},
};

/// The gradient comes to where the weights rest, and is added there in place.
pub(crate) fn lower(lowering: &mut Lowering, op: &Op, factor: f64) -> Result<(), LowerError> {
    let gradient = lowering.operand(op, 1)?;
    let weights = match op.inputs.first() {
        // What nobody has read yet rests where it is added to.
        Some(&tensor) if lowering.is_parameter(tensor) => lowering.parameter(tensor, gradient.layout.clone()),
        _ => lowering.operand(op, 0)?,
    };
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
            kernel: VectorKernel::ScaledAdd {
                element_type: data,
                factor: Scalar::new(factor),
            },
        }),
        vec![weights.variable, arrived],
        vec![weights.variable],
    );
    lowering.define(op.output, weights);
    Ok(())
}
