//! Known operands as what folding takes them for.

use std::borrow::Cow;

use crate::{
    OnnxError,
    constant::{Constant, Content},
    node::{Node, dimension},
    weights::Weight,
};

/// An operand that must be there.
pub(crate) fn operand<'a>(
    node: Node,
    operands: &[Option<&'a Constant>],
    index: usize,
) -> Result<&'a Constant, OnnxError> {
    optional(operands, index).ok_or_else(|| node.invalid(format!("it has no operand {index}"), "one"))
}

/// An operand that may be left out.
pub(crate) fn optional<'a>(operands: &[Option<&'a Constant>], index: usize) -> Option<&'a Constant> {
    operands.get(index).copied().flatten()
}

/// An operand that must hold whole numbers.
pub(crate) fn integers<'a>(
    node: Node,
    operands: &[Option<&'a Constant>],
    index: usize,
) -> Result<&'a [i64], OnnxError> {
    match &operand(node, operands, index)?.content {
        Content::Integers(integers) => Ok(&integers.values),
        Content::Numbers(_) => Err(node.invalid(
            format!("operand {index} is not of whole numbers"),
            "whole numbers",
        )),
    }
}

/// A list of whole numbers that is an attribute up to some opset, and an operand from there on; `None` where neither is there.
pub(crate) fn list<'a>(
    node: Node<'a>,
    operands: &[Option<&'a Constant>],
    index: usize,
    attribute: &str,
) -> Result<Option<&'a [i64]>, OnnxError> {
    if optional(operands, index).is_some() {
        return integers(node, operands, index).map(Some);
    }
    Ok(node.has(attribute).then(|| node.integers(attribute)))
}

/// The attribute `axes`, which later opsets make an operand; `None` where neither is there.
pub(crate) fn axes<'a>(
    node: Node<'a>,
    operands: &[Option<&'a Constant>],
    index: usize,
) -> Result<Option<&'a [i64]>, OnnxError> {
    list(node, operands, index, "axes")
}

/// Dimensions from indices that may count from the end.
pub(crate) fn dimensions(node: Node, axes: &[i64], rank: usize) -> Result<Vec<usize>, OnnxError> {
    axes.iter()
        .map(|&axis| {
            dimension(axis, rank)
                .ok_or_else(|| node.invalid(format!("axis {axis} of {rank} dimensions"), "a dimension"))
        })
        .collect()
}

/// An operand's elements as numbers.
pub(super) fn weight(node: Node, constant: &Constant) -> Result<Weight, OnnxError> {
    constant
        .weight()
        .ok_or_else(|| node.invalid("an operand has too few elements", "as many as its shape"))
}

/// Single-precision numbers that a function makes of operands, as the content of a constant. The function is given the values of each
/// operand, and called when its result is asked for.
pub(super) fn computed(
    node: Node,
    shape: Vec<u64>,
    operands: &[&Constant],
    function: impl Fn(&[Cow<'_, [f32]>]) -> Vec<f32> + Send + Sync + 'static,
) -> Result<Content, OnnxError> {
    let operands = operands.iter().map(|operand| weight(node, operand));
    let operands = operands.collect::<Result<_, _>>()?;
    Weight::computed(shape, operands, function).map(Content::Numbers)
}

/// A node's first output.
pub(super) fn first_output(node: Node, content: Content) -> Vec<Constant> {
    vec![Constant {
        origin: node.output().to_owned(),
        content,
        defined: false,
    }]
}
