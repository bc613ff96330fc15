//! Norms, composed as the vendor's library composes them (PopLibs `Norms.cpp`, `GroupNorm.cpp`): stable statistics in two passes,
//! with whitening and scaling as passes over the activation.

use tilesim_graph::{Norm, NormKind, Op, TensorId};
use tilesim_program::vertex::vector::BinaryOp;

use super::{elementwise::Chain, statistics};
use crate::{LowerError, context::Context};

pub(crate) fn lower(context: &mut Context, op: &Op, norm: &Norm) -> Result<(), LowerError> {
    let mut parameters = op.inputs.iter().skip(1).copied();
    let gamma = norm.gamma.then(|| parameters.next()).flatten();
    let beta = norm.beta.then(|| parameters.next()).flatten();
    let mut chain = Chain::new(context, op)?;
    match norm.kind {
        NormKind::Batch => {
            if let (Some(mean), Some(deviation)) = (parameters.next(), parameters.next()) {
                scale_and_shift(&mut chain, [mean, deviation], gamma, beta);
            }
            chain.define(op.output);
            return Ok(());
        }
        NormKind::CurrentBatch | NormKind::Group { .. } => {
            statistics::whiten(&mut chain, op.inputs[0], norm);
        }
    }
    affine(&mut chain, norm, "scale", BinaryOp::Multiply, gamma, ONE);
    affine(&mut chain, norm, "shift", BinaryOp::Add, beta, ZERO);
    chain.define(op.output);
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

/// Scale of an operator that always takes one, where the layer has none.
pub(super) const ONE: u8 = 1;
/// Its shift.
const ZERO: u8 = 0;

/// A scale or shift by channel: the norm's own, or what stands in for it.
fn affine(
    chain: &mut Chain,
    norm: &Norm,
    what: &str,
    kernel: BinaryOp,
    tensor: Option<TensorId>,
    otherwise: u8,
) {
    if tensor.is_some() || !norm.constant_affine {
        parameter(chain, what, kernel, tensor);
    } else {
        chain.constant_by_channel(what, kernel, otherwise);
    }
}

fn parameter(chain: &mut Chain, what: &str, kernel: BinaryOp, tensor: Option<TensorId>) {
    if let Some(tensor) = tensor {
        chain.parameter(what, kernel, tensor);
    }
}
