//! Random factors of dropout and of stochastic depth.

use tilesim_graph::Op;
use tilesim_program::{
    Scalar, Work,
    work::{VectorKernel, VectorWork},
};

use crate::{LowerError, layout::Value, lowering::Lowering};

/// Drawn where what they drop lies.
pub(crate) fn lower(lowering: &mut Lowering, op: &Op, rate: f64) -> Result<(), LowerError> {
    let layout = lowering.layout_of_companion(op.output);
    let element_type = lowering.element_type(op.output);
    let variable = lowering
        .emitter
        .temporary(op.name.clone(), &layout.placement, element_type.bytes());
    lowering.emitter.compute(
        format!("{} draw", op.name),
        Work::Vector(VectorWork {
            over: layout.placement.clone(),
            kernel: VectorKernel::RandomMask {
                element_type,
                rate: Scalar::new(rate),
            },
        }),
        Vec::new(),
        vec![variable],
    );
    lowering.define(
        op.output,
        Value {
            variable,
            layout,
            element_type,
        },
    );
    Ok(())
}
