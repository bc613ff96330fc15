//! Functions of two operands, and what changes nothing.

use tilesim_graph::{Activation, Binary, OpKind};

use super::{
    affine,
    operator::{OnnxOperator, OnnxSupport},
    pattern,
    translator::{Translator, Value},
};
use crate::{
    OnnxError,
    constant::{Constant, Content, number_format},
    network::Source,
    node::Node,
};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[
    OnnxOperator {
        name: "Add",
        versions: &[1, 7],
        support: OnnxSupport::Training,
        limits: "",
        translate: binary,
    },
    OnnxOperator {
        name: "Cast",
        versions: &[1, 6],
        support: OnnxSupport::Training,
        limits: "between floating-point types: the precision of a run is chosen when it runs",
        translate: cast,
    },
    OnnxOperator {
        name: "CastLike",
        versions: &[15],
        support: OnnxSupport::Training,
        limits: "as Cast",
        translate: cast_like,
    },
    OnnxOperator {
        name: "Div",
        versions: &[1, 7],
        support: OnnxSupport::Training,
        limits: "",
        translate: binary,
    },
    OnnxOperator {
        name: "Dropout",
        versions: &[1, 7, 12],
        support: OnnxSupport::Training,
        limits: "at inference, where it changes nothing",
        translate: dropout,
    },
    OnnxOperator {
        name: "Identity",
        versions: &[1],
        support: OnnxSupport::Training,
        limits: "",
        translate: identity,
    },
    OnnxOperator {
        name: "Mul",
        versions: &[1, 7],
        support: OnnxSupport::Training,
        limits: "",
        translate: binary,
    },
    OnnxOperator {
        name: "Pow",
        versions: &[1, 7, 12],
        support: OnnxSupport::Training,
        limits: "",
        translate: binary,
    },
    OnnxOperator {
        name: "Sub",
        versions: &[1, 7],
        support: OnnxSupport::Training,
        limits: "",
        translate: binary,
    },
];

fn identity<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    translator.operand(node, 0).cloned()
}

fn dropout<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    match translator.number(node, 2)? {
        Some(training) if training != 0.0 => {
            Err(node.unsupported("training_mode", "Dropout at inference, which changes nothing"))
        }
        _ => translator.operand(node, 0).cloned(),
    }
}

/// Casts between floating-point types: the precision of a run is chosen when it runs.
fn cast<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let to = node.integer("to")?.unwrap_or(0);
    if i32::try_from(to).ok().and_then(number_format).is_some() {
        translator.operand(node, 0).cloned()
    } else {
        Err(node.unsupported(
            format!("a cast of a tensor to data type {to}"),
            "casts to floating-point numbers of 16, 32 or 64 bits",
        ))
    }
}

/// To the type of an operand that is computed from the inputs, which is one of floating-point numbers.
fn cast_like<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    translator.real_tensor(node, 1)?;
    match translator.operand(node, 0)? {
        Value::Constant(constant) => match constant.weight() {
            Some(numbers) => Ok(Value::Constant(Constant::numbers(&constant.origin, numbers))),
            None => Err(node.invalid("its operand has too few elements", "as many as its shape says")),
        },
        value => Ok(value.clone()),
    }
}

fn binary<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let function = function(&node.op_type());
    let constant = |index: usize| match translator.operand(node, index)? {
        Value::Constant(constant) => Ok::<_, OnnxError>(Some(constant.clone())),
        Value::Tensor(_) | Value::Padded(_) => Ok(None),
    };
    match (constant(0)?, constant(1)?) {
        (None, Some(constant)) => {
            let x = translator.real_tensor(node, 0)?;
            let alone = translator.reads_alone(node, 0);
            // Exponents may be of another type than what is raised to them.
            let constant = match constant.weight().filter(|_| function == Binary::Power) {
                Some(exponents) => Constant::numbers(&constant.origin, exponents),
                None => constant,
            };
            with_constant(translator, node, function, x, &constant, alone)
        }
        (Some(constant), None) if function.commutes() => {
            let x = translator.real_tensor(node, 1)?;
            let alone = translator.reads_alone(node, 1);
            with_constant(translator, node, function, x, &constant, alone)
        }
        (Some(constant), None) => {
            let x = translator.real_tensor(node, 1)?;
            let rank = translator.network.shape(x).len();
            let is_one = constant.scalar() == Some(1.0) && constant.shape().len() <= rank;
            if function == Binary::Divide && is_one {
                return translator.operator(node, OpKind::Activation(Activation::Reciprocal), vec![x]);
            }
            let left = stretched_constant(translator, node, &constant, rank)?;
            let x = stretched(translator, node, x, constant.shape().len())?;
            translator.operator(node, OpKind::Binary(function), vec![left, x])
        }
        _ => {
            let (left, right) = (translator.real_tensor(node, 0)?, translator.real_tensor(node, 1)?);
            of_tensors(translator, node, function, left, right)
        }
    }
}

/// The function of an operator of two operands or more; sums and means add.
pub(super) fn function(op_type: &str) -> Binary {
    match op_type {
        "Sub" => Binary::Subtract,
        "Mul" => Binary::Multiply,
        "Div" => Binary::Divide,
        "Pow" => Binary::Power,
        "Max" => Binary::Maximum,
        "Min" => Binary::Minimum,
        _ => Binary::Add,
    }
}

/// A function of two tensors.
pub(super) fn of_tensors<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    function: Binary,
    left: Source,
    right: Source,
) -> Result<Value, OnnxError> {
    if let Some((activation, x)) = pattern::activation_of_product(&translator.network, function, left, right)
    {
        return translator.operator(node, OpKind::Activation(activation), vec![x]);
    }
    if let Some((norm, x)) = pattern::layer_norm(&translator.network, function, left, right) {
        return translator.operator(node, OpKind::Norm(norm), vec![x]);
    }
    let rank = translator
        .network
        .shape(left)
        .len()
        .max(translator.network.shape(right).len());
    let left = stretched(translator, node, left, rank)?;
    let right = stretched(translator, node, right, rank)?;
    translator.operator(node, OpKind::Binary(function), vec![left, right])
}

/// A function of a tensor and a constant after it, or before it where that is the same. `alone` says that nothing else reads
/// the tensor.
pub(super) fn with_constant<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    function: Binary,
    x: Source,
    constant: &Constant,
    alone: bool,
) -> Result<Value, OnnxError> {
    if alone && let Some(value) = affine::absorbed(translator, node, function, x, constant)? {
        return Ok(value);
    }
    if let Some(number) = constant.scalar() {
        if is_neutral(function, number) && constant.shape().len() <= translator.network.shape(x).len() {
            return Ok(Value::Tensor(x));
        }
        // A constant of more dimensions gives its result as many.
        let completed = pattern::activation_of_number(&translator.network, function, x, number);
        if let Some((activation, x)) = completed
            && constant.shape().len() <= translator.network.shape(x).len()
        {
            return translator.operator(node, OpKind::Activation(activation), vec![x]);
        }
    }
    let rank = translator.network.shape(x).len();
    let x = stretched(translator, node, x, constant.shape().len())?;
    let constant = stretched_constant(translator, node, constant, rank)?;
    translator.operator(node, OpKind::Binary(function), vec![x, constant])
}

/// Whether the function leaves its first operand as it is.
fn is_neutral(function: Binary, number: f64) -> bool {
    match function {
        Binary::Add | Binary::Subtract => number == 0.0,
        Binary::Multiply | Binary::Divide | Binary::Power => number == 1.0,
        Binary::Maximum | Binary::Minimum => false,
    }
}

/// A tensor with sizes of 1 put before, so that it has at least `rank` dimensions.
pub(super) fn stretched<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    x: Source,
    rank: usize,
) -> Result<Source, OnnxError> {
    let shape = translator.network.shape(x);
    let missing = rank.saturating_sub(shape.len());
    let shape: Vec<u64> = std::iter::repeat_n(1, missing)
        .chain(shape.iter().copied())
        .collect();
    translator.reshaped(node, x, &shape)
}

/// A constant with sizes of 1 put before, as an operand.
pub(super) fn stretched_constant<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    constant: &Constant,
    rank: usize,
) -> Result<Source, OnnxError> {
    let shape = constant.shape_of_rank(rank);
    match (&constant.content, constant.reshaped(&shape)) {
        (Content::Numbers(_), Some(constant)) if constant.elements() > 0 => {
            Ok(translator.add_constant(constant))
        }
        _ => Err(node.unsupported(
            format!("a tensor and a constant of shape {:?}", constant.shape()),
            "constants of floating-point numbers",
        )),
    }
}
