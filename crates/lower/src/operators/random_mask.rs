//! Random factors of dropout and of stochastic depth.

use tilesim_graph::Op;
use tilesim_program::{
    Scalar, Work,
    work::{VectorKernel, VectorWork},
};

use super::fill;
use crate::context::Context;

/// Drawn where what they drop lies.
pub(crate) fn lower(context: &mut Context, op: &Op, rate: f64) {
    let mask = fill::made(context, op);
    context.emitter.compute(
        format!("{} draw", op.name),
        Work::Vector(VectorWork {
            over: mask.placement().clone(),
            kernel: VectorKernel::RandomMask {
                element_type: mask.element_type,
                rate: Scalar::new(rate),
            },
        }),
        Vec::new(),
        vec![mask.variable],
    );
    context.define(op.output, mask);
}
