//! Softmax, composed as the vendor's library composes it (PopLibs `NonLinearity.cpp`): subtract the largest, exponentiate, and
//! multiply by the inverse of the sum.

use tilesim_graph::Op;
use tilesim_program::{
    vertex::vector::{BinaryOp, ReduceOp, UnaryOp},
    work::VectorKernel,
};

use super::{
    elementwise::Chain,
    reduce::{Results, reduce},
};
use crate::{LowerError, layout, lowering::Lowering};

pub(crate) fn lower(lowering: &mut Lowering, op: &Op) -> Result<(), LowerError> {
    let data = lowering.data();
    let input = lowering.operand(op, 0)?;
    let mut shape = vec![1; input.shape().len()];
    shape[0] = input.shape()[0];
    let to = layout::spread(&shape, 1, lowering.tiles());
    let results = Results {
        shape: &shape,
        layout: &to,
        element_type: data,
        scale: 1.0,
    };
    let largest = reduce(lowering, &op.name, &input, &[ReduceOp::Maximum], &results);
    let mut chain = Chain::new(lowering, op)?;
    for largest in largest {
        chain.operand("subtract largest", BinaryOp::Subtract, &largest, &shape);
    }
    chain.apply("exponentiate", &[], |element_type, in_place| {
        VectorKernel::Unary {
            op: UnaryOp::Exponent,
            element_type,
            in_place,
        }
    });
    let exponentials = chain.finish();
    let sums = reduce(lowering, &op.name, &exponentials, &[ReduceOp::Add], &results);
    let mut result = exponentials;
    for sum in sums {
        let mut inverse = Chain::own(lowering, format!("{}/sum", op.name), sum);
        inverse.apply("invert", &[], |element_type, in_place| VectorKernel::Unary {
            op: UnaryOp::Inverse,
            element_type,
            in_place,
        });
        let inverse = inverse.finish();
        let mut chain = Chain::own(lowering, op.name.clone(), result);
        chain.operand("multiply by inverse sum", BinaryOp::Multiply, &inverse, &shape);
        result = chain.finish();
    }
    lowering.define(op.output, result);
    Ok(())
}
