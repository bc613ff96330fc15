//! Repetition along dimensions.

use tilesim_geometry::Spare;
use tilesim_graph::Op;
use tilesim_machine::ElementType;
use tilesim_program::{
    VariableId, Work,
    work::{VectorKernel, VectorWork},
};

use crate::{
    LowerError,
    context::Context,
    layout::{self, Layout, Value},
};

/// Repeated where what it is used with lies.
pub(crate) fn lower(context: &mut Context, op: &Op) -> Result<(), LowerError> {
    let value = context.operand(op, 0)?;
    let layout = context.layout_of_companion(op.output);
    let result = repeat(context, &op.name, &value, layout);
    context.define(op.output, result);
    Ok(())
}

/// Repeats a value so that it fills a layout.
pub(super) fn repeat(context: &mut Context, name: &str, value: &Value, whole: Layout) -> Value {
    let need = layout::beside(&whole, value.shape(), Spare::Replicated);
    let mut gathering = context.gather(format!("{name} gather"));
    let arrived = gathering.bring(name, value, &need);
    gathering.finish();
    let element_type = value.element_type;
    let variable = fill(context, name, arrived, element_type, &whole);
    Value {
        variable,
        layout: whole,
        element_type,
    }
}

/// Repeats what every tile needs of a tensor so that it fills a layout.
pub(super) fn fill(
    context: &mut Context,
    name: &str,
    arrived: VariableId,
    element_type: ElementType,
    whole: &Layout,
) -> VariableId {
    let variable =
        context
            .emitter
            .temporary(format!("{name}/repeated"), &whole.placement, element_type.bytes());
    context.emitter.compute(
        format!("{name} repeat"),
        Work::Vector(VectorWork {
            over: whole.placement.clone(),
            kernel: VectorKernel::Repeat { element_type },
        }),
        vec![arrived],
        vec![variable],
    );
    variable
}
