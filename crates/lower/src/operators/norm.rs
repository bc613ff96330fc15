//! Norms, composed as the vendor's library composes them (PopLibs `Norms.cpp`, `GroupNorm.cpp`): stable statistics in two passes,
//! with whitening and scaling as passes over the activation, of which the first of each leaves a new tensor.

use tilesim_graph::{Norm, NormKind, Op, TensorId};
use tilesim_program::vertex::vector::BinaryOp;
use tilesim_terms::Placing;

use super::{elementwise::Chain, statistics};
use crate::{LowerError, call::Call, context::Context};

pub(crate) fn lower(context: &mut Context, op: &Op, norm: &Norm) -> Result<(), LowerError> {
    let mut parameters = op.inputs.iter().skip(1).copied();
    let gamma = norm.gamma.then(|| parameters.next()).flatten();
    let beta = norm.beta.then(|| parameters.next()).flatten();
    let x = op.inputs.first().copied();
    let out_of_place = context.options.framework.norm == Placing::OutOfPlace;
    let mut call = Call::new(context, &op.name);
    let own = x.is_some_and(|x| context.may_overwrite(x));
    let caller = context.operand(op, 0)?;
    let value = call.argument(context, "x", x, caller.clone());
    let own = own || value.variable != caller.variable;
    let mut chain = Chain::new_at(context, op, value.by_channel(), own);
    match norm.kind {
        NormKind::Batch => {
            if out_of_place {
                chain.keep();
            }
            if let (Some(mean), Some(deviation)) = (parameters.next(), parameters.next()) {
                scale_and_shift(&mut chain, [mean, deviation], gamma, beta);
            }
        }
        NormKind::CurrentBatch | NormKind::Group { .. } => {
            statistics::whiten(&mut chain, op.inputs[0], norm);
            chain.keep();
            by_channel(&mut chain, "scale", BinaryOp::Multiply, gamma, ONE);
            by_channel(&mut chain, "shift", BinaryOp::Add, beta, ZERO);
        }
    }
    let result = chain.finish();
    let result = call.result(context, result);
    context.define(op.output, result);
    Ok(())
}

/// A norm whose statistics are constants: every channel has one scale and one shift, which are worked out of its four parameters in
/// every run, since these are variables of the program (TensorFlow's `norm.cc`, PopLibs `BatchNorm.cpp` `batchNormalise`). The
/// inverse deviation is worked out before.
fn scale_and_shift(
    chain: &mut Chain,
    [mean, deviation]: [TensorId; 2],
    gamma: Option<TensorId>,
    beta: Option<TensorId>,
) {
    let mut scale = chain.of_parameter("multiplicand", deviation);
    parameter(&mut scale, "multiply by gamma", BinaryOp::Multiply, gamma);
    let scale = scale.finish();
    let mut shift = chain.of_parameter("addend", mean);
    let shape = scale.shape().to_vec();
    shift.operand("multiply by scale", BinaryOp::Multiply, &scale, &shape);
    let moved = shift.finish();
    let (kernel, shift) = match beta {
        Some(beta) => {
            let mut shift = chain.of_parameter("addend", beta);
            shift.operand("subtract mean", BinaryOp::Subtract, &moved, &shape);
            (BinaryOp::Add, shift.finish())
        }
        None => (BinaryOp::Subtract, moved),
    };
    chain.operand("scale", BinaryOp::Multiply, &scale, &shape);
    chain.operand("shift", kernel, &shift, &shape);
}

/// Scale where the layer has none: the library always scales and shifts what it has whitened (PopLibs `Norms.cpp`, `normalise`).
pub(super) const ONE: u8 = 1;
/// Its shift.
const ZERO: u8 = 0;

/// A function of every element and the parameter of its channel, or a constant that stands for it.
pub(super) fn by_channel(
    chain: &mut Chain,
    what: &str,
    kernel: BinaryOp,
    tensor: Option<TensorId>,
    otherwise: u8,
) {
    match tensor {
        Some(tensor) => chain.parameter(what, kernel, tensor),
        None => chain.constant_by_channel(what, kernel, otherwise),
    }
}

/// x whitened: a norm with statistics of its own, without the rest.
pub(crate) fn whiten(context: &mut Context, op: &Op, norm: &Norm) -> Result<(), LowerError> {
    let mut chain = Chain::new(context, op)?;
    statistics::whiten(&mut chain, op.inputs[0], norm);
    chain.define(op.output);
    Ok(())
}

fn parameter(chain: &mut Chain, what: &str, kernel: BinaryOp, tensor: Option<TensorId>) {
    if let Some(tensor) = tensor {
        chain.parameter(what, kernel, tensor);
    }
}
