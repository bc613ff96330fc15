//! Repetition along dimensions.

use tilesim_geometry::Spare;
use tilesim_graph::Op;
use tilesim_program::{
    Work,
    work::{VectorKernel, VectorWork},
};

use crate::{
    LowerError,
    layout::{self, Value},
    lowering::Lowering,
};

/// Repeated where what it is used with lies.
pub(crate) fn lower(lowering: &mut Lowering, op: &Op) -> Result<(), LowerError> {
    let value = lowering.operand(op, 0)?;
    let layout = lowering.layout_of_companion(op.output);
    let result = repeat(lowering, &op.name, &value, layout);
    lowering.define(op.output, result);
    Ok(())
}

/// Repeats a value so that it fills a layout.
pub(super) fn repeat(lowering: &mut Lowering, name: &str, value: &Value, whole: layout::Layout) -> Value {
    let need = layout::along(&whole, value.shape(), Spare::Replicated);
    let mut gathering = lowering.gather(format!("{name} gather"));
    let arrived = gathering.bring(name, value, &need);
    gathering.finish();
    let element_type = value.element_type;
    let variable =
        lowering
            .emitter
            .temporary(format!("{name}/repeated"), &whole.placement, element_type.bytes());
    lowering.emitter.compute(
        format!("{name} repeat"),
        Work::Vector(VectorWork {
            over: whole.placement.clone(),
            kernel: VectorKernel::Repeat { element_type },
        }),
        vec![arrived],
        vec![variable],
    );
    Value {
        variable,
        layout: whole,
        element_type,
    }
}
