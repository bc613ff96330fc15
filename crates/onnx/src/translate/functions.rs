//! Pointwise functions of one operand: a row each, with what its attributes make of the function.

use tilesim_graph::{Activation, Binary, OpKind, Scalar};

use super::{
    elementwise::{stretched, stretched_constant},
    operator::{OnnxOperator, OnnxSupport, Translate},
    pattern,
    translator::{Translator, Value},
};
use crate::{OnnxError, node::Node};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[
    row("Abs", &[1, 6], of_one),
    stepped("Ceil", &[1, 6]),
    row("Celu", &[12], of_one),
    row("Clip", &[1, 6, 11], clip),
    row("Cos", &[7], of_one),
    row("Elu", &[1, 6], of_one),
    row("Erf", &[9], of_one),
    row("Exp", &[1, 6], of_one),
    stepped("Floor", &[1, 6]),
    row("Gelu", &[20], of_one),
    row("HardSigmoid", &[1, 6], of_one),
    row("HardSwish", &[14], of_one),
    row("LeakyRelu", &[1, 6], of_one),
    row("Log", &[1, 6], of_one),
    row("Mish", &[18], of_one),
    row("Neg", &[1, 6], of_one),
    row("PRelu", &[1, 7], parametric_relu),
    row("Reciprocal", &[1, 6], of_one),
    row("Relu", &[1, 6], of_one),
    stepped("Round", &[11]),
    row("Selu", &[1, 6], of_one),
    row("Shrink", &[9], of_one),
    row("Sigmoid", &[1, 6], of_one),
    stepped("Sign", &[9]),
    row("Sin", &[7], of_one),
    row("Softplus", &[1], of_one),
    row("Softsign", &[1], of_one),
    row("Sqrt", &[1, 6], of_one),
    row("Swish", &[24], of_one),
    row("Tanh", &[1, 6], of_one),
    row("ThresholdedRelu", &[10], of_one),
];

const fn row(name: &'static str, versions: &'static [i64], translate: Translate) -> OnnxOperator {
    OnnxOperator {
        name,
        versions,
        support: OnnxSupport::Training,
        limits: "",
        translate,
    }
}

/// A function whose steps have no slope.
const fn stepped(name: &'static str, versions: &'static [i64]) -> OnnxOperator {
    OnnxOperator {
        support: OnnxSupport::Inference,
        ..row(name, versions, of_one)
    }
}

fn of_one<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let activation = function(node)?;
    translator.activation(node, activation)
}

/// The function that a node is, with the constants that the standard gives its attributes where they are absent.
fn function(node: Node) -> Result<Activation, OnnxError> {
    let number = |name: &str, absent: f64| Ok::<_, OnnxError>(node.number(name)?.unwrap_or(absent));
    Ok(match node.op_type().as_str() {
        "Abs" => Activation::Absolute,
        "Ceil" => Activation::Ceiling,
        "Celu" => {
            let alpha = number("alpha", 1.0)?;
            if alpha == 0.0 {
                return Err(node.invalid("alpha is 0", "another number, by which it divides"));
            }
            Activation::celu(alpha)
        }
        "Cos" => Activation::Cosine,
        "Elu" => Activation::elu(number("alpha", 1.0)?),
        "Erf" => Activation::ErrorFunction,
        "Exp" => Activation::Exponential,
        "Floor" => Activation::Floor,
        "Gelu" => match node.text("approximate")?.unwrap_or("none") {
            "none" => Activation::Gelu,
            "tanh" => Activation::GeluTanh,
            other => return Err(node.invalid(format!("approximate is `{other}`"), "`none` or `tanh`")),
        },
        "HardSigmoid" => {
            let (alpha, beta) = (number("alpha", 0.2)?, number("beta", 0.5)?);
            if pattern::near(alpha, 1.0 / 6.0) && pattern::near(beta, 0.5) {
                Activation::HardSigmoid
            } else {
                Activation::Ramp {
                    slope: Scalar::new(alpha),
                    shift: Scalar::new(beta),
                }
            }
        }
        "HardSwish" => Activation::HardSwish,
        "LeakyRelu" => Activation::LeakyRelu {
            slope: Scalar::new(number("alpha", 0.01)?),
        },
        "Log" => Activation::Logarithm,
        "Mish" => Activation::Mish,
        "Neg" => Activation::Negate,
        "Reciprocal" => Activation::Reciprocal,
        "Relu" => Activation::Relu,
        "Round" => Activation::Round,
        "Selu" => Activation::selu(
            number("alpha", 1.673_263_192_176_818_8)?,
            number("gamma", 1.050_701_022_148_132_3)?,
        ),
        "Shrink" => Activation::Shrink {
            threshold: Scalar::new(number("lambd", 0.5)?),
            bias: Scalar::new(number("bias", 0.0)?),
        },
        "Sigmoid" => Activation::Sigmoid,
        "Sign" => Activation::Sign,
        "Sin" => Activation::Sine,
        "Softplus" => Activation::Softplus,
        "Softsign" => Activation::Softsign,
        "Sqrt" => Activation::SquareRoot,
        "Swish" => {
            let alpha = number("alpha", 1.0)?;
            if alpha == 1.0 {
                Activation::Swish
            } else {
                Activation::ScaledSwish {
                    rate: Scalar::new(alpha),
                }
            }
        }
        "Tanh" => Activation::Tanh,
        "ThresholdedRelu" => Activation::ThresholdedRelu {
            threshold: Scalar::new(number("alpha", 1.0)?),
        },
        other => return Err(node.invalid(format!("it is `{other}`"), "a function of one operand")),
    })
}

/// Bounds are attributes up to opset 10, then operands that may be absent.
fn clip<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.real_tensor(node, 0)?;
    let bounds = if node.opset < 11 {
        [node.number("min")?, node.number("max")?]
    } else {
        [translator.number(node, 1)?, translator.number(node, 2)?]
    };
    let [low, high] = [
        bounds[0].unwrap_or(f64::NEG_INFINITY),
        bounds[1].unwrap_or(f64::INFINITY),
    ];
    if low.is_nan() || high.is_nan() {
        return Err(node.invalid(format!("bounds {low} and {high}"), "numbers"));
    }
    match pattern::within(low, high) {
        Some(activation) => translator.operator(node, OpKind::Activation(activation), vec![x]),
        None => Ok(Value::Tensor(x)),
    }
}

/// x where it is positive, and else slope · x, which is max(x, 0) + slope · min(x, 0); slopes repeat along x.
fn parametric_relu<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.real_tensor(node, 0)?;
    let rank = translator.network.shape(x).len();
    let slope = match translator.operand(node, 1)? {
        Value::Constant(constant) => {
            let constant = constant.clone();
            if let Some(slope) = constant.scalar().filter(|_| constant.shape().len() <= rank) {
                let kind = OpKind::Activation(Activation::LeakyRelu {
                    slope: Scalar::new(slope),
                });
                return translator.operator(node, kind, vec![x]);
            }
            stretched_constant(translator, node, &constant, rank)?
        }
        Value::Tensor(_) | Value::Padded(_) => {
            let slope = translator.real_tensor(node, 1)?;
            stretched(translator, node, slope, rank)?
        }
    };
    let above = OpKind::Activation(Activation::Relu);
    let above = translator.step(node, above, vec![x], &[])?;
    let below = OpKind::Activation(Activation::Clip {
        low: Scalar::new(f64::NEG_INFINITY),
        high: Scalar::ZERO,
    });
    let below = translator.step(node, below, vec![x], &[])?;
    let below = translator.step(node, OpKind::Binary(Binary::Multiply), vec![below, slope], &[])?;
    let value = translator.step(node, OpKind::Binary(Binary::Add), vec![above, below], &[])?;
    if translator.network.shape(value) == translator.network.shape(x) {
        return Ok(Value::Tensor(value));
    }
    Err(node.invalid(
        "its slopes have more elements than repeat along its operand",
        "slopes that do",
    ))
}
