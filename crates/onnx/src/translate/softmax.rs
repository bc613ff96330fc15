//! Softmax and its logarithm.

use std::ops::Range;

use tilesim_graph::{Activation, Binary, OpKind, Reduction};

use super::{
    operator::{OnnxOperator, OnnxSupport},
    translator::{Translator, Value},
};
use crate::{
    OnnxError,
    node::{Node, dimension},
};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[
    OnnxOperator {
        name: "LogSoftmax",
        versions: &[1, 11, 13],
        support: OnnxSupport::Training,
        limits: "",
        translate: logarithmic,
    },
    OnnxOperator {
        name: "Softmax",
        versions: &[1, 11, 13],
        support: OnnxSupport::Training,
        limits: "",
        translate: softmax,
    },
];

fn softmax<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.real_tensor(node, 0)?;
    let axes = axes(node, translator.network.shape(x).len())?;
    translator.operator(node, OpKind::Softmax { axes }, vec![x])
}

/// x − largest − ln Σ e^(x − largest).
fn logarithmic<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.real_tensor(node, 0)?;
    let mut joined = translator.network.shape(x).to_vec();
    let axes = axes(node, joined.len())?;
    for size in joined.get_mut(axes).into_iter().flatten() {
        *size = 1;
    }
    let mut step = |kind: OpKind, inputs| translator.step(node, kind, inputs, &joined);
    let largest = step(OpKind::Reduce(Reduction::Maximum), vec![x])?;
    let below = step(OpKind::Binary(Binary::Subtract), vec![x, largest])?;
    let exponential = step(OpKind::Activation(Activation::Exponential), vec![below])?;
    let sum = step(OpKind::Reduce(Reduction::Sum), vec![exponential])?;
    let logarithm = step(OpKind::Activation(Activation::Logarithm), vec![sum])?;
    step(OpKind::Binary(Binary::Subtract), vec![below, logarithm]).map(Value::Tensor)
}

/// The dimensions that a softmax takes together: up to opset 12 all from `axis` on, then `axis` alone.
fn axes(node: Node, rank: usize) -> Result<Range<usize>, OnnxError> {
    let before_13 = node.opset < 13;
    let stated = node.integer("axis")?.unwrap_or(if before_13 { 1 } else { -1 });
    let axis = dimension(stated, rank).ok_or_else(|| {
        node.invalid(
            format!("axis {stated} of {rank} dimensions"),
            "one of its dimensions",
        )
    })?;
    Ok(axis..if before_13 { rank } else { axis + 1 })
}
