//! Operators whose results are known beforehand whatever their operands are, and the choice between two graphs.

use super::{
    operator::{OnnxOperator, OnnxSupport},
    translator::{Translator, Value},
};
use crate::{
    OnnxError,
    constant::{self, Constant, Integers},
    limits::MAX_INTEGERS,
    node::Node,
    weights::Weight,
};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[
    OnnxOperator {
        name: "Constant",
        versions: &[1, 11, 12],
        support: OnnxSupport::Folded,
        limits: "no sparse values or texts",
        translate: stated,
    },
    OnnxOperator {
        name: "If",
        versions: &[1, 11],
        support: OnnxSupport::Training,
        limits: "a condition that is known beforehand",
        translate: choice,
    },
    OnnxOperator {
        name: "Shape",
        versions: &[1, 15],
        support: OnnxSupport::Folded,
        limits: "",
        translate: shape,
    },
    OnnxOperator {
        name: "Size",
        versions: &[1],
        support: OnnxSupport::Folded,
        limits: "",
        translate: size,
    },
];

/// What a `Constant` holds.
fn stated<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let name = node.output();
    if let Some(tensor) = node.tensor("value")? {
        return constant::decode(tensor, name, translator.files).map(Value::Constant);
    }
    let integers = match node.integer("value_int")? {
        Some(value) => Some(Integers {
            shape: Vec::new(),
            values: [value].into(),
        }),
        None => node
            .has("value_ints")
            .then(|| Integers::list(node.integers("value_ints").iter().copied())),
    };
    if let Some(integers) = integers.filter(|integers| integers.values.len() as u64 <= MAX_INTEGERS) {
        return Ok(Value::Constant(Constant::integers(name, integers)));
    }
    let numbers = match node.number("value_float")? {
        Some(value) => Weight::from_f32(Vec::new(), &[value as f32]),
        None => node
            .numbers("value_floats")
            .and_then(|values| Weight::from_f32(vec![values.len() as u64], values)),
    };
    numbers
        .map(|weight| Value::Constant(Constant::numbers(name, weight)))
        .ok_or_else(|| {
            node.unsupported(
                "its value is of no type that is imported",
                "value, value_int, value_ints, value_float and value_floats",
            )
        })
}

/// The graph of the branch that the condition chooses, in the place of the node.
fn choice<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let condition = match translator.operand(node, 0)? {
        Value::Constant(constant) => constant.number()?,
        Value::Tensor(_) | Value::Padded(_) => {
            return Err(node.unsupported(
                "its condition is computed from the inputs",
                "a condition that is known beforehand",
            ));
        }
    };
    let name = match condition {
        Some(condition) if condition != 0.0 => "then_branch",
        Some(_) => "else_branch",
        None => return Err(node.invalid("its condition is not one truth value", "one")),
    };
    let graph = node
        .graph(name)?
        .ok_or_else(|| node.invalid(format!("it has no `{name}`"), "a graph"))?;
    translator.graph(graph, node.opset)?;
    let mut values = Vec::new();
    for output in &graph.output {
        let name = output.name.as_deref().unwrap_or_default();
        let value = translator.values.get(name).cloned();
        values.push(value.ok_or_else(|| OnnxError::Undefined {
            reader: node.name().to_owned(),
            value: name.to_owned(),
        })?);
    }
    if values.len() != node.proto.output.len() {
        return Err(node.invalid(
            format!("`{name}` puts out {} values", values.len()),
            format!("{}, as the node does", node.proto.output.len()),
        ));
    }
    let mut values = values.into_iter();
    let first = values
        .next()
        .ok_or_else(|| node.invalid("it puts out nothing", "at least one value"))?;
    for (index, value) in values.enumerate() {
        translator.put_out(node, index + 1, value);
    }
    Ok(first)
}

/// The shape is known though the operand is not.
fn shape<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let shape = shape_of(translator, node)?;
    let rank = shape.len() as i64;
    let index = |name, absent| {
        let index = node.integer(name)?.unwrap_or(absent);
        let counted = if index < 0 {
            index.saturating_add(rank)
        } else {
            index
        };
        Ok::<_, OnnxError>(counted.clamp(0, rank) as usize)
    };
    let (start, end) = (index("start", 0)?, index("end", rank)?);
    let sizes = shape.iter().map(|&size| size as i64).take(end).skip(start);
    let integers = Integers::list(sizes);
    Ok(Value::Constant(Constant::integers(node.output(), integers)))
}

fn size<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let elements: u64 = shape_of(translator, node)?.iter().product();
    let integers = Integers {
        shape: Vec::new(),
        values: [elements as i64].into(),
    };
    Ok(Value::Constant(Constant::integers(node.output(), integers)))
}

fn shape_of<'a>(translator: &Translator<'a>, node: Node<'a>) -> Result<Vec<u64>, OnnxError> {
    match translator.operand(node, 0)? {
        Value::Constant(constant) => Ok(constant.shape().to_vec()),
        Value::Tensor(source) => Ok(translator.network.shape(*source).to_vec()),
        Value::Padded(padded) => padded.shape(&translator.network).ok_or_else(|| {
            node.invalid(
                "its padded operand has no size left",
                "padding that cuts off less than there is",
            )
        }),
    }
}
