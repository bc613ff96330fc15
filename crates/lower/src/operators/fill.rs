//! One value everywhere.

use tilesim_graph::Op;
use tilesim_program::{
    Scalar, Work,
    work::{VectorKernel, VectorWork},
};

use crate::{
    context::Context,
    layout::{Layout, Value},
};

/// In the place of what it is the next value of, such as an accumulator that starts anew.
pub(crate) fn lower(context: &mut Context, op: &Op, value: f64) {
    let result = context.place_of_next().unwrap_or_else(|| made(context, op));
    write(context, &op.name, &result, value);
    context.define(op.output, result);
}

/// Memory for the result of an operator without operands, where what it is used with lies.
pub(super) fn made(context: &mut Context, op: &Op) -> Value {
    let layout = context.layout_of_companion(op.output);
    let element_type = context.element_type(op.output);
    let variable = context
        .emitter
        .temporary(op.name.clone(), &layout.placement, element_type.bytes());
    Value {
        variable,
        layout,
        element_type,
    }
}

/// Writes a value everywhere.
fn write(context: &mut Context, name: &str, to: &Value, value: f64) {
    context.emitter.compute(
        format!("{name} fill"),
        Work::Vector(VectorWork {
            over: to.placement().clone(),
            kernel: VectorKernel::Fill {
                element_type: to.element_type,
                value: Scalar::new(value),
            },
        }),
        Vec::new(),
        vec![to.variable],
    );
}

/// The same value everywhere of a layout.
pub(super) fn filled(context: &mut Context, name: &str, like: &Value, value: f64) -> Value {
    let layout: Layout = like.layout.clone();
    let variable = context
        .emitter
        .temporary(name.to_owned(), &layout.placement, like.element_type.bytes());
    let filled = Value {
        variable,
        layout,
        element_type: like.element_type,
    };
    write(context, name, &filled, value);
    filled
}
