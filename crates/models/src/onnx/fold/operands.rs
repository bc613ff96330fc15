//! Known operands as what folding takes them for.

use crate::onnx::{
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
    operands
        .get(index)
        .copied()
        .flatten()
        .ok_or_else(|| node.invalid(format!("it has no operand {index}"), "one"))
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

/// The attribute `axes`, which later opsets make an operand; `None` where neither is there.
pub(crate) fn axes<'a>(
    node: Node<'a>,
    operands: &[Option<&'a Constant>],
    index: usize,
) -> Result<Option<&'a [i64]>, OnnxError> {
    if operands.get(index).copied().flatten().is_some() {
        return integers(node, operands, index).map(Some);
    }
    Ok(node.has("axes").then(|| node.integers("axes")))
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

/// Single-precision numbers as a constant's content.
pub(crate) fn numbers(node: Node, shape: Vec<u64>, values: &[f32]) -> Result<Content, OnnxError> {
    let stated = format!("{shape:?}");
    Weight::from_f32(shape, values)
        .map(Content::Numbers)
        .ok_or_else(|| {
            node.invalid(
                format!("{} numbers for shape {stated}", values.len()),
                "as many elements",
            )
        })
}
