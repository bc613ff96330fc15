//! Pointwise functions of constants.

use super::{
    array::{broadcast, positions, stretched_strides},
    budget::Budget,
    folding::{Folding, row},
    operands::{computed, first_output, operand, optional},
};
use crate::{
    OnnxError,
    constant::{Constant, Content, Integers},
    node::Node,
};

/// Rows of the table of what is computed beforehand.
pub(super) const FOLDINGS: &[Folding] = &[
    row("Abs", &[1, 6], unary),
    row("Add", &[1, 7, 14], binary),
    row("And", &[1, 7], binary),
    row("Ceil", &[1, 6], unary),
    row("Clip", &[1, 6, 11, 12], clip),
    row("Cos", &[7], unary),
    row("Div", &[1, 7, 14], binary),
    row("Equal", &[1, 7], binary),
    row("Erf", &[9], unary),
    row("Exp", &[1, 6], unary),
    row("Floor", &[1, 6], unary),
    row("Greater", &[1, 7], binary),
    row("GreaterOrEqual", &[12], binary),
    row("Less", &[1, 7], binary),
    row("LessOrEqual", &[12], binary),
    row("Log", &[1, 6], unary),
    row("Max", &[1, 6, 8], several),
    row("Mean", &[1, 6, 8], several),
    row("Min", &[1, 6, 8], several),
    row("Mod", &[10], binary),
    row("Mul", &[1, 7, 14], binary),
    row("Neg", &[1, 6], unary),
    row("Not", &[1], unary),
    row("Or", &[1, 7], binary),
    row("Pow", &[1, 7, 12], binary),
    row("Reciprocal", &[1, 6], unary),
    row("Relu", &[1, 6], unary),
    row("Round", &[11], unary),
    row("Sigmoid", &[1, 6], unary),
    row("Sign", &[9], unary),
    row("Sin", &[7], unary),
    row("Sqrt", &[1, 6], unary),
    row("Sub", &[1, 7, 14], binary),
    row("Sum", &[1, 6, 8], several),
    row("Tanh", &[1, 6], unary),
    row("Where", &[9], choose),
    row("Xor", &[1, 7], binary),
];

/// A function of one or two operands, on whole numbers (`None`: it overflows, divides by zero or needs numbers) and on numbers.
#[derive(Clone, Copy)]
struct Function {
    integers: fn(i64, i64) -> Option<i64>,
    numbers: fn(f32, f32) -> f32,
    /// Whether the result is a truth value.
    compares: bool,
}

const fn arithmetic(integers: fn(i64, i64) -> Option<i64>, numbers: fn(f32, f32) -> f32) -> Function {
    Function {
        integers,
        numbers,
        compares: false,
    }
}

const fn comparison(integers: fn(i64, i64) -> Option<i64>, numbers: fn(f32, f32) -> f32) -> Function {
    Function {
        integers,
        numbers,
        compares: true,
    }
}

const fn truth(value: bool) -> f32 {
    if value { 1.0 } else { 0.0 }
}

fn of_two(node: Node, op_type: &str) -> Result<Option<Function>, OnnxError> {
    Ok(Some(match op_type {
        "Add" | "Sum" => arithmetic(i64::checked_add, |a, b| a + b),
        "Sub" => arithmetic(i64::checked_sub, |a, b| a - b),
        "Mul" => arithmetic(i64::checked_mul, |a, b| a * b),
        "Div" => arithmetic(i64::checked_div, |a, b| a / b),
        // The sign of C's remainder is that of the dividend, else it is that of the divisor.
        "Mod" if node.integer("fmod")?.unwrap_or(0) != 0 => arithmetic(i64::checked_rem, |a, b| a % b),
        "Mod" => arithmetic(
            |a, b| a.checked_rem(b)?.checked_add(b)?.checked_rem(b),
            |a, b| (a % b + b) % b,
        ),
        "Pow" => arithmetic(|a, b| a.checked_pow(u32::try_from(b).ok()?), f32::powf),
        "Min" => arithmetic(
            |a, b| Some(a.min(b)),
            |a, b| {
                if a.is_nan() {
                    a
                } else if b < a || b.is_nan() {
                    b
                } else {
                    a
                }
            },
        ),
        "Max" => arithmetic(
            |a, b| Some(a.max(b)),
            |a, b| {
                if a.is_nan() {
                    a
                } else if b > a || b.is_nan() {
                    b
                } else {
                    a
                }
            },
        ),
        "Equal" => comparison(|a, b| Some(i64::from(a == b)), |a, b| truth(a == b)),
        "Less" => comparison(|a, b| Some(i64::from(a < b)), |a, b| truth(a < b)),
        "LessOrEqual" => comparison(|a, b| Some(i64::from(a <= b)), |a, b| truth(a <= b)),
        "Greater" => comparison(|a, b| Some(i64::from(a > b)), |a, b| truth(a > b)),
        "GreaterOrEqual" => comparison(|a, b| Some(i64::from(a >= b)), |a, b| truth(a >= b)),
        "And" => comparison(
            |a, b| Some(i64::from(a != 0 && b != 0)),
            |a, b| truth(a != 0.0 && b != 0.0),
        ),
        "Or" => comparison(
            |a, b| Some(i64::from(a != 0 || b != 0)),
            |a, b| truth(a != 0.0 || b != 0.0),
        ),
        "Xor" => comparison(
            |a, b| Some(i64::from((a != 0) != (b != 0))),
            |a, b| truth((a != 0.0) != (b != 0.0)),
        ),
        _ => return Ok(None),
    }))
}

/// Functions of the first operand alone.
fn of_one(op_type: &str) -> Option<Function> {
    Some(match op_type {
        "Neg" => arithmetic(|a, _| a.checked_neg(), |a, _| -a),
        "Abs" => arithmetic(|a, _| a.checked_abs(), |a, _| a.abs()),
        "Sign" => arithmetic(
            |a, _| Some(a.signum()),
            |a, _| if a == 0.0 { 0.0 } else { a.signum() },
        ),
        "Floor" => arithmetic(|a, _| Some(a), |a, _| a.floor()),
        "Ceil" => arithmetic(|a, _| Some(a), |a, _| a.ceil()),
        "Round" => arithmetic(|a, _| Some(a), |a, _| a.round_ties_even()),
        "Relu" => arithmetic(|a, _| Some(a.max(0)), |a, _| if a < 0.0 { 0.0 } else { a }),
        "Not" => comparison(|a, _| Some(i64::from(a == 0)), |a, _| truth(a == 0.0)),
        "Sqrt" => arithmetic(|_, _| None, |a, _| a.sqrt()),
        "Exp" => arithmetic(|_, _| None, |a, _| a.exp()),
        "Log" => arithmetic(|_, _| None, |a, _| a.ln()),
        "Sin" => arithmetic(|_, _| None, |a, _| a.sin()),
        "Cos" => arithmetic(|_, _| None, |a, _| a.cos()),
        "Tanh" => arithmetic(|_, _| None, |a, _| a.tanh()),
        "Sigmoid" => arithmetic(|_, _| None, |a, _| 1.0 / (1.0 + (-a).exp())),
        "Erf" => arithmetic(|_, _| None, |a, _| libm::erff(a)),
        "Reciprocal" => arithmetic(|_, _| None, |a, _| a.recip()),
        _ => return None,
    })
}

fn unary(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let x = operand(node, operands, 0)?;
    let function = of_one(&node.op_type()).ok_or_else(|| unknown(node))?;
    Ok(first_output(node, apply(node, function, [x, x], budget)?))
}

fn binary(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let operands = [operand(node, operands, 0)?, operand(node, operands, 1)?];
    let function = of_two(node, &node.op_type())?.ok_or_else(|| unknown(node))?;
    Ok(first_output(node, apply(node, function, operands, budget)?))
}

/// One operand after the other.
fn several(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let op_type = node.op_type();
    let is_mean = op_type == "Mean";
    let function = of_two(node, if is_mean { "Sum" } else { &op_type })?.ok_or_else(|| unknown(node))?;
    let mut result = operand(node, operands, 0)?.clone();
    for index in 1..operands.len() {
        result.content = apply(node, function, [&result, operand(node, operands, index)?], budget)?;
    }
    let count = operands.len() as f32;
    if is_mean {
        let shape = result.shape().to_vec();
        budget.take(node, &shape, false)?;
        result.content = computed(node, shape, &[&result], move |operands| {
            operands[0].iter().map(|value| value / count).collect()
        })?;
    }
    Ok(first_output(node, result.content))
}

/// Bounds are attributes up to opset 10, and operands from there on.
fn clip(node: Node, operands: &[Option<&Constant>], budget: &mut Budget) -> Result<Vec<Constant>, OnnxError> {
    let bound = |index: usize, attribute: &str| match optional(operands, index) {
        Some(constant) => constant
            .number()?
            .map(Some)
            .ok_or_else(|| node.invalid(format!("operand {index} is not one number"), "one number")),
        None if node.opset < 11 => node.number(attribute),
        None => Ok(None),
    };
    let x = operand(node, operands, 0)?;
    let (low, high) = (bound(1, "min")?, bound(2, "max")?);
    let shape = x.shape().to_vec();
    budget.take(node, &shape, matches!(x.content, Content::Integers(_)))?;
    let content = match &x.content {
        Content::Integers(integers) => {
            // Bounds of whole numbers are whole.
            let (low, high) = (
                low.map_or(i64::MIN, |low| low as i64),
                high.map_or(i64::MAX, |high| high as i64),
            );
            Content::Integers(Integers {
                shape,
                values: integers
                    .values
                    .iter()
                    .map(|&value| value.max(low).min(high))
                    .collect(),
            })
        }
        Content::Numbers(_) => {
            let low = low.map_or(f32::NEG_INFINITY, |low| low as f32);
            let high = high.map_or(f32::INFINITY, |high| high as f32);
            computed(node, shape, &[x], move |operands| {
                let clipped = |&value: &f32| {
                    let raised = if value < low { low } else { value };
                    if raised > high { high } else { raised }
                };
                operands[0].iter().map(clipped).collect()
            })?
        }
    };
    Ok(first_output(node, content))
}

fn unknown(node: Node) -> OnnxError {
    node.unsupported("a function of constants", "others")
}

fn apply(
    node: Node,
    function: Function,
    operands: [&Constant; 2],
    budget: &mut Budget,
) -> Result<Content, OnnxError> {
    let [left, right] = operands;
    let shape = broadcast(left.shape(), right.shape()).ok_or_else(|| does_not_broadcast(node, &operands))?;
    if let (Content::Integers(a), Content::Integers(b)) = (&left.content, &right.content) {
        budget.take(node, &shape, true)?;
        let values = pairs(&shape, left.shape(), right.shape())
            .map(|(i, j)| (function.integers)(a.values[i], b.values[j]))
            .collect::<Option<_>>()
            .ok_or_else(|| {
                node.invalid(
                    "it overflows, divides by zero or needs numbers",
                    "another constant",
                )
            })?;
        return Ok(Content::Integers(Integers { shape, values }));
    }
    budget.take(node, &shape, function.compares)?;
    let (of_left, of_right) = (left.shape().to_vec(), right.shape().to_vec());
    let result = shape.clone();
    let content = computed(node, shape, &[left, right], move |operands| {
        let (a, b) = (&operands[0], &operands[1]);
        pairs(&result, &of_left, &of_right)
            .map(|(i, j)| (function.numbers)(a[i], b[j]))
            .collect()
    })?;
    match content {
        Content::Numbers(weight) if function.compares => {
            let values = weight.to_f32()?.into_iter().map(|value| value as i64).collect();
            let shape = weight.shape().to_vec();
            Ok(Content::Integers(Integers { shape, values }))
        }
        content => Ok(content),
    }
}

/// `Where`: of two constants the one that a third says.
fn choose(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let operands = [
        operand(node, operands, 0)?,
        operand(node, operands, 1)?,
        operand(node, operands, 2)?,
    ];
    let [condition, yes, no] = operands;
    let shape = broadcast(yes.shape(), no.shape())
        .and_then(|shape| broadcast(condition.shape(), &shape))
        .ok_or_else(|| does_not_broadcast(node, &operands))?;
    let shapes = operands.map(|operand| operand.shape().to_vec());
    if let (Content::Integers(condition), Content::Integers(yes), Content::Integers(no)) =
        (&condition.content, &yes.content, &no.content)
    {
        budget.take(node, &shape, true)?;
        let values = triples(&shape, &shapes)
            .map(|[c, i, j]| {
                if condition.values[c] == 0 {
                    no.values[j]
                } else {
                    yes.values[i]
                }
            })
            .collect();
        return Ok(first_output(node, Content::Integers(Integers { shape, values })));
    }
    budget.take(node, &shape, false)?;
    let result = shape.clone();
    let content = computed(node, shape, &operands, move |operands| {
        triples(&result, &shapes)
            .map(|[c, i, j]| {
                if operands[0][c] == 0.0 {
                    operands[2][j]
                } else {
                    operands[1][i]
                }
            })
            .collect()
    })?;
    Ok(first_output(node, content))
}

/// Positions in two operands for every element of the shape that they broadcast to.
fn pairs(shape: &[u64], left: &[u64], right: &[u64]) -> impl Iterator<Item = (usize, usize)> + use<> {
    let of = |operand: &[u64]| positions(shape, &stretched_strides(operand, shape));
    of(left).zip(of(right))
}

fn triples(shape: &[u64], operands: &[Vec<u64>; 3]) -> impl Iterator<Item = [usize; 3]> + use<> {
    let first = positions(shape, &stretched_strides(&operands[0], shape));
    first
        .zip(pairs(shape, &operands[1], &operands[2]))
        .map(|(c, (i, j))| [c, i, j])
}

fn does_not_broadcast(node: Node, operands: &[&Constant]) -> OnnxError {
    let shapes: Vec<&[u64]> = operands.iter().map(|operand| operand.shape()).collect();
    node.invalid(
        format!("shapes {shapes:?} do not broadcast"),
        "equal sizes or 1 in each dimension",
    )
}
