//! Operators that change the shape of tensors.

use super::{
    norm,
    operator::{OnnxOperator, OnnxSupport},
    translator::{Translator, Value},
};
use crate::{OnnxError, fold, network::Source, node::Node};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[
    OnnxOperator {
        name: "Flatten",
        versions: &[1, 9, 11],
        support: OnnxSupport::Training,
        limits: "",
        translate: flatten,
    },
    OnnxOperator {
        name: "Reshape",
        versions: &[1, 5, 14],
        support: OnnxSupport::Training,
        limits: "",
        translate: reshape,
    },
    OnnxOperator {
        name: "Squeeze",
        versions: &[1, 11, 13],
        support: OnnxSupport::Training,
        limits: "",
        translate: squeeze,
    },
    OnnxOperator {
        name: "Unsqueeze",
        versions: &[1, 11, 13],
        support: OnnxSupport::Training,
        limits: "",
        translate: squeeze,
    },
];

fn reshape<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let target = translator
        .list(node, 1)?
        .ok_or_else(|| node.invalid("it has no operand 1", "the shape"))?;
    let shape = fold::reshape_target(node, translator.network.shape(x), &target)?;
    reshaped(translator, node, x, &shape)
}

fn reshaped<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    x: Source,
    shape: &[u64],
) -> Result<Value, OnnxError> {
    if let Some(value) = norm::group_norm_of_instance_norm(translator, node, x, shape)? {
        return Ok(value);
    }
    translator.reshaped(node, x, shape).map(Value::Tensor)
}

fn flatten<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let shape = fold::flatten_target(node, translator.network.shape(x))?;
    translator.reshaped(node, x, &shape).map(Value::Tensor)
}

fn squeeze<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let operand = translator.constant_operand(node, 1)?.cloned();
    let axes = fold::axes(node, &[None, operand.as_ref()], 1)?;
    let from = translator.network.shape(x);
    let shape = if node.op_type() == "Squeeze" {
        fold::squeeze_target(node, from, axes)?
    } else {
        fold::unsqueeze_target(node, from, axes)?
    };
    translator.reshaped(node, x, &shape).map(Value::Tensor)
}
