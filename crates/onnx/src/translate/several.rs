//! Functions of any number of operands, which repeat along each other.

use tilesim_graph::OpKind;

use super::{
    elementwise::{function, of_tensors, with_constant},
    operator::{OnnxOperator, OnnxSupport},
    translator::{Translator, Value},
};
use crate::{OnnxError, constant::Constant, network::Source, node::Node};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[
    row("Max", &[1, 8]),
    row("Mean", &[1, 8]),
    row("Min", &[1, 8]),
    row("Sum", &[1, 8]),
];

const fn row(name: &'static str, versions: &'static [i64]) -> OnnxOperator {
    OnnxOperator {
        name,
        versions,
        support: OnnxSupport::Training,
        limits: "",
        translate: joined,
    }
}

/// Tensors one after the other, then constants; the order makes no difference.
fn joined<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let count = node.proto.input.len();
    let function = function(&node.op_type());
    let mut constants: Vec<Constant> = Vec::new();
    let mut tensors: Vec<(Source, bool)> = Vec::new();
    for index in 0..count {
        match translator.operand(node, index)? {
            Value::Constant(constant) => constants.push(constant.clone()),
            Value::Tensor(_) | Value::Padded(_) => {
                let source = translator.real_tensor(node, index)?;
                tensors.push((source, translator.reads_alone(node, index)));
            }
        }
    }
    let mut tensors = tensors.into_iter();
    let Some((first, mut alone)) = tensors.next() else {
        return Err(node.unsupported(
            format!("{count} constants"),
            "one operand at least that is computed from the inputs",
        ));
    };
    let mut value = Value::Tensor(first);
    for (other, _) in tensors {
        if let Value::Tensor(so_far) = value {
            value = of_tensors(translator, node, function, so_far, other)?;
            alone = true;
        }
    }
    for constant in &constants {
        if let Value::Tensor(so_far) = value {
            value = with_constant(translator, node, function, so_far, constant, alone)?;
            alone = true;
        }
    }
    match value {
        Value::Tensor(sum) if node.op_type() == "Mean" && count > 1 => {
            let factor = 1.0 / count as f64;
            translator.operator(node, OpKind::Scale { factor }, vec![sum])
        }
        value => Ok(value),
    }
}
