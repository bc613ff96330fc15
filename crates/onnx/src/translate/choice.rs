//! A choice between two tensors by a condition that is known: the masks of attention.

use tilesim_graph::{Binary, OpKind};

use super::{
    elementwise,
    operator::{OnnxOperator, OnnxSupport},
    translator::{Translator, Value},
};
use crate::{OnnxError, constant::Constant, fold, network::Source, node::Node, weights::Weight};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[OnnxOperator {
    name: "Where",
    versions: &[9],
    support: OnnxSupport::Training,
    limits: "a condition that is a constant, and a single number as one of the two",
    translate: choose,
}];

/// What is chosen is multiplied by 1, all else by 0; then the number is added where it is chosen.
fn choose<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let condition = translator
        .constant_operand(node, 0)?
        .ok_or_else(|| node.invalid("it has no operand 0", "the condition"))?
        .clone();
    let holds: Vec<bool> = fold::integers(node, &[Some(&condition)], 0)?
        .iter()
        .map(|&value| value != 0)
        .collect();
    let number = |index: usize| match translator.operand(node, index)? {
        Value::Constant(constant) => Ok::<_, OnnxError>(constant.scalar()),
        Value::Tensor(_) | Value::Padded(_) => Ok(None),
    };
    let (x, number, when) = match (number(1)?, number(2)?) {
        (None, Some(number)) => (translator.real_tensor(node, 1)?, number, true),
        (Some(number), None) => (translator.real_tensor(node, 2)?, number, false),
        _ => {
            return Err(node.unsupported("a choice between two tensors", "a tensor and a single number"));
        }
    };
    let shape = condition.shape().to_vec();
    let coefficients = |of: &dyn Fn(bool) -> f64| {
        let values: Vec<f32> = holds.iter().map(|&holds| of(holds == when) as f32).collect();
        Weight::from_f32(shape.clone(), &values)
            .map(|numbers| Constant::coefficients(condition.origin.as_str(), numbers))
            .ok_or_else(|| node.invalid("its condition has too few elements", "as many as its shape says"))
    };
    let kept = coefficients(&|kept| if kept { 1.0 } else { 0.0 })?;
    let added = coefficients(&|kept| if kept { 0.0 } else { number })?;
    let x = applied(translator, node, Binary::Multiply, x, &kept)?;
    applied(translator, node, Binary::Add, x, &added).map(Value::Tensor)
}

fn applied<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    function: Binary,
    x: Source,
    constant: &Constant,
) -> Result<Source, OnnxError> {
    let rank = translator.network.shape(x).len().max(constant.shape().len());
    let x = elementwise::stretched(translator, node, x, rank)?;
    let constant = elementwise::stretched_constant(translator, node, constant, rank)?;
    translator.step(node, OpKind::Binary(function), vec![x, constant], &[])
}
