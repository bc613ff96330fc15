//! Pointwise functions of constants.

use super::{
    array::{broadcast, positions, stretched_strides},
    budget::Budget,
    operands::{numbers, operand},
};
use crate::onnx::{
    OnnxError,
    constant::{Constant, Content, Integers},
    node::Node,
};

/// A function of one or two operands, on whole numbers (`None`: it overflows or divides by zero) and on numbers.
struct Function {
    integers: fn(i64, i64) -> Option<i64>,
    numbers: fn(f32, f32) -> f32,
    /// Whether the result is a truth value.
    compares: bool,
}

/// The result of a pointwise operator, or `None` where it is none of these.
pub(super) fn evaluate(
    node: Node,
    op_type: &str,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Option<Content>, OnnxError> {
    if let Some(function) = binary(op_type) {
        let operands = [operand(node, operands, 0)?, operand(node, operands, 1)?];
        return apply(node, &function, operands, budget).map(Some);
    }
    let Some(function) = unary(op_type) else {
        return Ok(None);
    };
    let x = operand(node, operands, 0)?;
    apply(node, &function, [x, x], budget).map(Some)
}

fn binary(op_type: &str) -> Option<Function> {
    let arithmetic = |integers, numbers| Function {
        integers,
        numbers,
        compares: false,
    };
    let comparison = |integers, numbers| Function {
        integers,
        numbers,
        compares: true,
    };
    Some(match op_type {
        "Add" => arithmetic(i64::checked_add, |a, b| a + b),
        "Sub" => arithmetic(i64::checked_sub, |a, b| a - b),
        "Mul" => arithmetic(i64::checked_mul, |a, b| a * b),
        "Div" => arithmetic(i64::checked_div, |a, b| a / b),
        "Mod" => arithmetic(i64::checked_rem_euclid, f32::rem_euclid),
        "Pow" => arithmetic(|a, b| a.checked_pow(u32::try_from(b).ok()?), f32::powf),
        "Min" => arithmetic(|a, b| Some(a.min(b)), f32::min),
        "Max" => arithmetic(|a, b| Some(a.max(b)), f32::max),
        "Equal" => comparison(|a, b| Some(i64::from(a == b)), |a, b| f32::from(u8::from(a == b))),
        "Less" => comparison(|a, b| Some(i64::from(a < b)), |a, b| f32::from(u8::from(a < b))),
        "Greater" => comparison(|a, b| Some(i64::from(a > b)), |a, b| f32::from(u8::from(a > b))),
        "And" => comparison(|a, b| Some(i64::from(a != 0 && b != 0)), |_, _| 0.0),
        "Or" => comparison(|a, b| Some(i64::from(a != 0 || b != 0)), |_, _| 0.0),
        _ => return None,
    })
}

/// Functions of the first operand alone.
fn unary(op_type: &str) -> Option<Function> {
    let function = |integers, numbers| Function {
        integers,
        numbers,
        compares: false,
    };
    Some(match op_type {
        "Neg" => function(|a, _| a.checked_neg(), |a, _| -a),
        "Abs" => function(|a, _| a.checked_abs(), |a, _| a.abs()),
        "Floor" => function(|a, _| Some(a), |a, _| a.floor()),
        "Ceil" => function(|a, _| Some(a), |a, _| a.ceil()),
        "Sqrt" => function(|_, _| None, |a, _| a.sqrt()),
        "Exp" => function(|_, _| None, |a, _| a.exp()),
        "Reciprocal" => function(|_, _| None, |a, _| a.recip()),
        "Not" => function(|a, _| Some(i64::from(a == 0)), |a, _| a),
        _ => return None,
    })
}

fn apply(
    node: Node,
    function: &Function,
    operands: [&Constant; 2],
    budget: &mut Budget,
) -> Result<Content, OnnxError> {
    let [left, right] = operands;
    let shape = broadcast(left.shape(), right.shape()).ok_or_else(|| does_not_broadcast(node, &operands))?;
    if let (Content::Integers(a), Content::Integers(b)) = (&left.content, &right.content) {
        budget.take(node, &shape, true)?;
        let values = pairs(&shape, left, right)
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
    let (a, b) = (values(left), values(right));
    let results: Vec<f32> = pairs(&shape, left, right)
        .map(|(i, j)| (function.numbers)(a[i], b[j]))
        .collect();
    if function.compares {
        return Ok(Content::Integers(Integers {
            shape,
            values: results.into_iter().map(|value| value as i64).collect(),
        }));
    }
    numbers(node, shape, &results)
}

/// `Where`: of two constants the one that a third says.
pub(super) fn choose(
    node: Node,
    operands: [&Constant; 3],
    budget: &mut Budget,
) -> Result<Content, OnnxError> {
    let [condition, yes, no] = operands;
    let wrong = || does_not_broadcast(node, &operands);
    let shape = broadcast(yes.shape(), no.shape())
        .and_then(|shape| broadcast(condition.shape(), &shape))
        .ok_or_else(wrong)?;
    let integers = matches!(
        (&yes.content, &no.content),
        (Content::Integers(_), Content::Integers(_))
    );
    budget.take(node, &shape, integers)?;
    let condition_values = values(condition);
    let conditions = positions(&shape, &stretched_strides(condition.shape(), &shape));
    let chosen = conditions
        .into_iter()
        .zip(pairs(&shape, yes, no))
        .map(|(index, pair)| (condition_values[index] != 0.0, pair));
    if let (Content::Integers(yes), Content::Integers(no)) = (&yes.content, &no.content) {
        let values = chosen
            .map(|(is, (i, j))| if is { yes.values[i] } else { no.values[j] })
            .collect();
        return Ok(Content::Integers(Integers { shape, values }));
    }
    let (yes, no) = (values(yes), values(no));
    let results: Vec<f32> = chosen
        .map(|(is, (i, j))| if is { yes[i] } else { no[j] })
        .collect();
    numbers(node, shape, &results)
}

/// Positions in two operands for every element of the shape that they broadcast to.
fn pairs(shape: &[u64], left: &Constant, right: &Constant) -> impl Iterator<Item = (usize, usize)> {
    let of = |constant: &Constant| positions(shape, &stretched_strides(constant.shape(), shape));
    of(left).into_iter().zip(of(right))
}

fn values(constant: &Constant) -> Vec<f32> {
    match &constant.content {
        Content::Integers(integers) => integers.values.iter().map(|&value| value as f32).collect(),
        Content::Numbers(weight) => weight.to_f32(),
    }
}

fn does_not_broadcast(node: Node, operands: &[&Constant]) -> OnnxError {
    let shapes: Vec<&[u64]> = operands.iter().map(|operand| operand.shape()).collect();
    node.invalid(
        format!("shapes {shapes:?} do not broadcast"),
        "equal sizes or 1 in each dimension",
    )
}
