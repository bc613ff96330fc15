//! Proxy-normalised activations (Masters et al. 2021): y = (f(γ·x + β) − proxy mean) · proxy inverse deviation.

use tilesim_graph::{Op, ProxyActivation};
use tilesim_program::vertex::vector::BinaryOp;

use super::{activation, elementwise::Chain};
use crate::{LowerError, lowering::Lowering};

/// At inference the proxy's statistics are constants of the network.
pub(crate) fn lower(lowering: &mut Lowering, op: &Op, proxy: &ProxyActivation) -> Result<(), LowerError> {
    let mut chain = Chain::new(lowering, op)?;
    chain.parameter("scale", BinaryOp::Multiply);
    chain.parameter("shift", BinaryOp::Add);
    activation::apply(&mut chain, proxy.activation);
    chain.parameter("subtract proxy mean", BinaryOp::Subtract);
    if proxy.scale {
        chain.parameter("scale by proxy deviation", BinaryOp::Multiply);
    }
    chain.define(op.output);
    Ok(())
}
