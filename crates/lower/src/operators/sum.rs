//! Sums of what the rounds of a loop bring.

use tilesim_machine::ElementType;
use tilesim_program::{
    Scalar, Work,
    vertex::vector::BinaryOp,
    work::{VectorKernel, VectorWork},
};

use crate::{context::Context, layout::Value};

/// Sets a sum to zero.
pub(crate) fn clear(context: &mut Context, name: &str, sum: &Value, element_type: ElementType) {
    context.emitter.compute(
        format!("{name} clear sum"),
        Work::Vector(VectorWork {
            over: sum.placement().clone(),
            kernel: VectorKernel::Fill {
                element_type,
                value: Scalar::ZERO,
            },
        }),
        Vec::new(),
        vec![sum.variable],
    );
}

/// Adds a round's result to the sum of all rounds, which lies alike.
pub(crate) fn accumulate(
    context: &mut Context,
    name: &str,
    sum: &Value,
    round: &Value,
    element_type: ElementType,
) {
    context.emitter.compute(
        format!("{name} accumulate"),
        Work::Vector(VectorWork {
            over: sum.placement().clone(),
            kernel: VectorKernel::Binary {
                op: BinaryOp::Add,
                element_type,
                in_place: true,
            },
        }),
        vec![sum.variable, round.variable],
        vec![sum.variable],
    );
}
