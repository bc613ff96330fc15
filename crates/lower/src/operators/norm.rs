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
        // Constants, of which the inverse deviation is worked out beforehand.
        NormKind::Batch => {
            let passes = [
                ("subtract mean", BinaryOp::Subtract, parameters.next()),
                ("divide by deviation", BinaryOp::Multiply, parameters.next()),
            ];
            for (what, kernel, tensor) in passes {
                parameter(&mut chain, what, kernel, tensor);
            }
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
