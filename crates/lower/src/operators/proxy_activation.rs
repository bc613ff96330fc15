//! Proxy-normalised activations (Masters et al. 2021): y = (f(γ·x + β) − proxy mean) · proxy inverse deviation.

use tilesim_graph::{Op, ProxyActivation};
use tilesim_program::vertex::vector::BinaryOp;

use super::{activation, elementwise::Chain};
use crate::{LowerError, context::Context, error::unsupported};

/// At inference the proxy's statistics are constants of the network.
pub(crate) fn lower(context: &mut Context, op: &Op, proxy: &ProxyActivation) -> Result<(), LowerError> {
    let &[_, beta, gamma, mean, inverse_deviation] = op.inputs.as_slice() else {
        return Err(unsupported(
            op,
            "a proxy-normalised activation of other than five operands",
            "x, beta, gamma, proxy mean and proxy inverse deviation",
        ));
    };
    let mut chain = Chain::new(context, op)?;
    chain.parameter("scale", BinaryOp::Multiply, gamma);
    chain.parameter("shift", BinaryOp::Add, beta);
    activation::apply(&mut chain, proxy.activation);
    chain.parameter("subtract proxy mean", BinaryOp::Subtract, mean);
    if proxy.scale {
        chain.parameter("scale by proxy deviation", BinaryOp::Multiply, inverse_deviation);
    }
    chain.define(op.output);
    Ok(())
}
