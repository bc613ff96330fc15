//! One value everywhere.

use tilesim_graph::Op;
use tilesim_program::{
    Scalar, Work,
    work::{VectorKernel, VectorWork},
};

use crate::{
    layout::{Layout, Value},
    lowering::Lowering,
};

/// In the place of what it is the next value of, such as an accumulator that starts anew.
pub(crate) fn lower(lowering: &mut Lowering, op: &Op, value: f64) {
    let result = lowering.place_of_next().unwrap_or_else(|| made(lowering, op));
    write(lowering, &op.name, &result, value);
    lowering.define(op.output, result);
}

/// Memory for the result of an operator without operands, where what it is used with lies.
pub(super) fn made(lowering: &mut Lowering, op: &Op) -> Value {
    let layout = lowering.layout_of_companion(op.output);
    let element_type = lowering.element_type(op.output);
    let variable = lowering
        .emitter
        .temporary(op.name.clone(), &layout.placement, element_type.bytes());
    Value {
        variable,
        layout,
        element_type,
    }
}

/// Writes a value everywhere.
fn write(lowering: &mut Lowering, name: &str, to: &Value, value: f64) {
    lowering.emitter.compute(
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
pub(super) fn filled(lowering: &mut Lowering, name: &str, like: &Value, value: f64) -> Value {
    let layout: Layout = like.layout.clone();
    let variable = lowering
        .emitter
        .temporary(name.to_owned(), &layout.placement, like.element_type.bytes());
    let filled = Value {
        variable,
        layout,
        element_type: like.element_type,
    };
    write(lowering, name, &filled, value);
    filled
}
