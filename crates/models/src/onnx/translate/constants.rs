//! Operators that are computed beforehand alone: arithmetic on shapes and constants.

use super::{
    operator::{OnnxOperator, OnnxSupport},
    translator::{Translator, Value},
};
use crate::onnx::{OnnxError, node::Node};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[
    folded("Abs", &[1]),
    folded("And", &[1, 7]),
    folded("Ceil", &[1]),
    folded("Constant", &[1, 11, 12]),
    folded("ConstantOfShape", &[9]),
    folded("Equal", &[1, 7]),
    folded("Exp", &[1]),
    folded("Expand", &[8]),
    folded("Floor", &[1]),
    folded("Gather", &[1, 11]),
    folded("Greater", &[1, 7]),
    folded("Less", &[1, 7]),
    folded("Max", &[1, 8]),
    folded("Min", &[1, 8]),
    folded("Mod", &[10]),
    folded("Neg", &[1]),
    folded("Not", &[1]),
    folded("Or", &[1, 7]),
    folded("Range", &[11]),
    folded("ReduceMax", &[1, 11, 18]),
    folded("ReduceMin", &[1, 11, 18]),
    folded("ReduceProd", &[1, 11, 18]),
    folded("ReduceSum", &[1, 11, 13]),
    folded("Shape", &[1, 15]),
    folded("Size", &[1]),
    folded("Where", &[9]),
];

/// The row of an operator that only shapes and constants go through.
const fn folded(name: &'static str, versions: &'static [i64]) -> OnnxOperator {
    OnnxOperator {
        name,
        versions,
        support: OnnxSupport::Folded,
        limits: "shapes and constants",
        translate: of_a_tensor,
    }
}

/// Whatever is computed beforehand has been when a node is translated.
fn of_a_tensor<'a>(_: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    Err(node.unsupported(
        "an operand is computed from the inputs",
        "shapes and constants as operands of it; `tilesim models --operators` lists what is supported",
    ))
}
