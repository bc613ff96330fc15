//! Values in another type.

use tilesim_machine::ElementType;
use tilesim_program::{
    Work,
    work::{VectorKernel, VectorWork},
};

use super::Context;
use crate::layout::Value;

/// The value in another type, where it lies.
pub(crate) fn cast(context: &mut Context, name: &str, value: &Value, to: ElementType) -> Value {
    let variable = context
        .emitter
        .temporary(format!("{name}/cast"), value.placement(), to.bytes());
    context.emitter.compute(
        format!("{name} cast"),
        Work::Vector(VectorWork {
            over: value.placement().clone(),
            kernel: VectorKernel::Cast {
                from: value.element_type,
                to,
            },
        }),
        vec![value.variable],
        vec![variable],
    );
    Value {
        variable,
        layout: value.layout.clone(),
        element_type: to,
    }
}
