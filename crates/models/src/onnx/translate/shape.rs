//! Operators that change the shape of tensors.

use tilesim_graph::OpKind;

use super::{
    norm,
    operator::{OnnxOperator, OnnxSupport},
    translator::{Translator, Value},
};
use crate::onnx::{
    OnnxError, fold,
    network::Source,
    node::{Node, dimension},
};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[
    OnnxOperator {
        name: "Concat",
        versions: &[1, 4, 11],
        support: OnnxSupport::Inference,
        limits: "",
        translate: concat,
    },
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
        name: "Slice",
        versions: &[1, 10],
        support: OnnxSupport::Inference,
        limits: "slices that keep everything",
        translate: slice,
    },
    OnnxOperator {
        name: "Squeeze",
        versions: &[1, 11, 13],
        support: OnnxSupport::Training,
        limits: "",
        translate: squeeze,
    },
    OnnxOperator {
        name: "Transpose",
        versions: &[1],
        support: OnnxSupport::Training,
        limits: "where it moves nothing",
        translate: transpose,
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
    let mut target = translator
        .list(node, 1)?
        .ok_or_else(|| node.invalid("it has no operand 1", "the shape"))?;
    translator.rebind(x, &mut target);
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

/// A transposition that leaves the elements in their order.
fn transpose<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let from = translator.network.shape(x);
    let permutation = fold::permutation(node, from.len())?;
    let moved: Vec<usize> = permutation.iter().copied().filter(|&d| from[d] != 1).collect();
    if !moved.is_sorted() {
        return Err(node.unsupported(
            format!("permutation {permutation:?} of a tensor of shape {from:?}"),
            "transposition of constants, and of tensors where it moves nothing",
        ));
    }
    let shape: Vec<u64> = permutation.iter().map(|&d| from[d]).collect();
    translator.reshaped(node, x, &shape).map(Value::Tensor)
}

/// A slice that keeps everything.
fn slice<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let shape = translator.network.shape(x);
    let mut operands = vec![None];
    for index in 1..node.proto.input.len() {
        operands.push(translator.constant_operand(node, index)?);
    }
    let slices = fold::slices(node, &operands, shape.len())?;
    let keeps_all = slices.iter().all(|&(axis, [start, end, step])| {
        let (first, count) = fold::slice_positions(shape[axis], start, end, step);
        first == 0 && count == shape[axis] && (step == 1 || count == 1)
    });
    if keeps_all {
        return Ok(Value::Tensor(x));
    }
    Err(node.unsupported(
        format!("a part of a tensor of shape {shape:?}"),
        "slices of constants, and of tensors where they keep everything",
    ))
}

fn concat<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let inputs: Vec<Source> = (0..node.proto.input.len())
        .map(|index| translator.tensor(node, index))
        .collect::<Result<_, _>>()?;
    let rank = inputs.first().map_or(0, |&x| translator.network.shape(x).len());
    let axis = node.integer("axis")?.unwrap_or(0);
    let axis = dimension(axis, rank)
        .ok_or_else(|| node.invalid(format!("axis {axis} of {rank} dimensions"), "a dimension"))?;
    if let &[x] = inputs.as_slice() {
        return Ok(Value::Tensor(x));
    }
    translator.operator(node, OpKind::Concat { axis }, inputs)
}

impl Translator<'_> {
    /// Puts the bound batch in the place of the one that the file states: exporters write it into shapes.
    fn rebind(&self, x: Source, target: &mut [i64]) {
        let (Some(stated), Some(first)) = (self.batch.stated, target.first_mut()) else {
            return;
        };
        let is_batch = self.network.shape(x).first() == Some(&self.batch.bound);
        if is_batch && u64::try_from(*first) == Ok(stated) {
            *first = self.batch.bound as i64;
        }
    }
}
