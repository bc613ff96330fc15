//! Pointwise functions and softmax.

use std::ops::Range;

use tilesim_graph::{Activation, Binary, OpKind};

use super::{
    affine,
    operator::{OnnxOperator, OnnxSupport},
    pattern,
    translator::{Translator, Value},
};
use crate::onnx::{
    OnnxError,
    constant::{Constant, Content, number_format},
    network::{Fragment, Source, StepKind},
    node::{Node, dimension},
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
        name: "Clip",
        versions: &[1, 6, 11],
        support: OnnxSupport::Training,
        limits: "0 and 6 (ReLU6), 0 and none (ReLU)",
        translate: clip,
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
        name: "Erf",
        versions: &[9],
        support: OnnxSupport::Training,
        limits: "as part of GELU",
        translate: fragment,
    },
    OnnxOperator {
        name: "Gelu",
        versions: &[20],
        support: OnnxSupport::Training,
        limits: "approximate `none`",
        translate: gelu,
    },
    OnnxOperator {
        name: "HardSigmoid",
        versions: &[1],
        support: OnnxSupport::Training,
        limits: "alpha 1/6, beta 0.5",
        translate: hard_sigmoid,
    },
    OnnxOperator {
        name: "HardSwish",
        versions: &[14],
        support: OnnxSupport::Training,
        limits: "",
        translate: hard_swish,
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
        versions: &[1, 7],
        support: OnnxSupport::Training,
        limits: "squares, as part of layer norm",
        translate: fragment,
    },
    OnnxOperator {
        name: "Reciprocal",
        versions: &[1],
        support: OnnxSupport::Training,
        limits: "as part of layer norm",
        translate: fragment,
    },
    OnnxOperator {
        name: "Relu",
        versions: &[1],
        support: OnnxSupport::Training,
        limits: "",
        translate: relu,
    },
    OnnxOperator {
        name: "Sigmoid",
        versions: &[1],
        support: OnnxSupport::Training,
        limits: "",
        translate: sigmoid,
    },
    OnnxOperator {
        name: "Softmax",
        versions: &[1, 11, 13],
        support: OnnxSupport::Training,
        limits: "",
        translate: softmax,
    },
    OnnxOperator {
        name: "Sqrt",
        versions: &[1],
        support: OnnxSupport::Training,
        limits: "as part of layer norm",
        translate: fragment,
    },
    OnnxOperator {
        name: "Sub",
        versions: &[1, 7],
        support: OnnxSupport::Training,
        limits: "",
        translate: binary,
    },
    OnnxOperator {
        name: "Swish",
        versions: &[24],
        support: OnnxSupport::Training,
        limits: "alpha 1",
        translate: swish,
    },
    OnnxOperator {
        name: "Tanh",
        versions: &[1],
        support: OnnxSupport::Training,
        limits: "",
        translate: tanh,
    },
];

fn relu<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    translator.activation(node, Activation::Relu)
}

fn sigmoid<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    translator.activation(node, Activation::Sigmoid)
}

fn tanh<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    translator.activation(node, Activation::Tanh)
}

fn hard_swish<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    translator.activation(node, Activation::HardSwish)
}

fn identity<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    translator.operand(node, 0).cloned()
}

/// Bounds of `Clip` that are activations.
fn clip<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let low = translator.number(node, 1)?;
    let high = translator
        .number(node, 2)?
        .filter(|high| high.is_finite() && *high < f64::from(f32::MAX));
    let activation = match (low, high) {
        (Some(0.0), Some(6.0)) => Activation::Relu6,
        (Some(0.0), None) => Activation::Relu,
        _ => {
            let bound =
                |bound: Option<f64>| bound.map_or_else(|| "none".to_owned(), |bound| bound.to_string());
            return Err(node.unsupported(
                format!("bounds {} and {}", bound(low), bound(high)),
                "0 and 6 (ReLU6), 0 and none (ReLU)",
            ));
        }
    };
    translator.operator(node, OpKind::Activation(activation), vec![x])
}

/// Hard sigmoid with the slope that hard swish has.
fn hard_sigmoid<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let alpha = node.number("alpha")?.unwrap_or(0.2);
    let beta = node.number("beta")?.unwrap_or(0.5);
    if !pattern::near(alpha, 1.0 / 6.0) || !pattern::near(beta, 0.5) {
        return Err(node.unsupported(
            format!("alpha {alpha} and beta {beta}"),
            "alpha 1/6 and beta 0.5: relu6(x + 3) / 6",
        ));
    }
    translator.activation(node, Activation::HardSigmoid)
}

/// Both forms of GELU cost the same, but only one has the exact result.
fn gelu<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    match node.text("approximate")?.unwrap_or("none") {
        "none" => translator.activation(node, Activation::Gelu),
        other => Err(node.unsupported(format!("approximate is `{other}`"), "approximate `none`")),
    }
}

fn swish<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let alpha = node.number("alpha")?.unwrap_or(1.0);
    if alpha == 1.0 {
        translator.activation(node, Activation::Swish)
    } else {
        Err(node.unsupported(format!("alpha {alpha}"), "alpha 1"))
    }
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

fn softmax<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let axes = softmax_axes(node, translator.network.shape(x).len())?;
    translator.operator(node, OpKind::Softmax { axes }, vec![x])
}

/// The dimensions that a softmax takes together: up to opset 12 all from `axis` on, then `axis` alone.
fn softmax_axes(node: Node, rank: usize) -> Result<Range<usize>, OnnxError> {
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

/// What only a pattern makes into an operator.
fn fragment<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let fragment = match node.op_type().as_str() {
        "Sqrt" => Fragment::SquareRoot,
        "Reciprocal" => Fragment::Reciprocal,
        "Erf" => Fragment::ErrorFunction,
        _ => match translator.number(node, 1)? {
            Some(2.0) => Fragment::Square,
            exponent => {
                return Err(node.unsupported(
                    format!("exponent {exponent:?} of a tensor"),
                    "squares, as part of layer norm",
                ));
            }
        },
    };
    let shape = translator.network.shape(x).to_vec();
    translator
        .push(node, StepKind::Fragment(fragment), vec![x], shape)
        .map(Value::Tensor)
}

fn binary<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let op_type = node.op_type();
    let op_type = op_type.as_str();
    let constant = |index: usize| match translator.operand(node, index)? {
        Value::Constant(constant) => Ok::<_, OnnxError>(Some(constant.clone())),
        Value::Tensor(_) | Value::Padded(_) => Ok(None),
    };
    match (constant(0)?, constant(1)?) {
        (None, Some(constant)) => {
            let x = translator.tensor(node, 0)?;
            let alone = translator.reads_alone(node, 0);
            with_constant(translator, node, op_type, x, &constant, alone)
        }
        (Some(constant), None) if matches!(op_type, "Add" | "Mul") => {
            let x = translator.tensor(node, 1)?;
            let alone = translator.reads_alone(node, 1);
            with_constant(translator, node, op_type, x, &constant, alone)
        }
        (Some(constant), None) => {
            let x = translator.tensor(node, 1)?;
            let rank = translator.network.shape(x).len();
            let left = stretched_constant(translator, node, &constant, rank)?;
            let x = stretched(translator, node, x, constant.shape().len())?;
            translator.operator(node, OpKind::Binary(function(op_type)), vec![left, x])
        }
        _ => {
            let (left, right) = (translator.tensor(node, 0)?, translator.tensor(node, 1)?);
            of_tensors(translator, node, function(op_type), left, right)
        }
    }
}

fn function(op_type: &str) -> Binary {
    match op_type {
        "Sub" => Binary::Subtract,
        "Mul" => Binary::Multiply,
        "Div" => Binary::Divide,
        _ => Binary::Add,
    }
}

fn of_tensors<'a>(
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
    op_type: &str,
    x: Source,
    constant: &Constant,
    alone: bool,
) -> Result<Value, OnnxError> {
    let function = function(op_type);
    if alone && let Some(value) = affine::absorbed(translator, node, function, x, constant)? {
        return Ok(value);
    }
    if let Some(number) = constant.scalar() {
        if is_neutral(function, number) && constant.shape().len() <= translator.network.shape(x).len() {
            return Ok(Value::Tensor(x));
        }
        if let Some((activation, x)) = pattern::activation_of_number(&translator.network, function, x, number)
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
fn stretched<'a>(
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
fn stretched_constant<'a>(
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
