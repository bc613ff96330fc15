//! Reductions of constants.

use super::{
    array::{positions, stretched_strides},
    budget::Budget,
    operands::{dimensions, numbers},
};
use crate::onnx::{
    OnnxError,
    constant::{Constant, Content, Integers},
    node::Node,
};

pub(super) fn reduce(
    node: Node,
    op_type: &str,
    constant: &Constant,
    axes: Option<&[i64]>,
    budget: &mut Budget,
) -> Result<Content, OnnxError> {
    let from = constant.shape();
    let gone = match axes {
        Some(axes) if !axes.is_empty() => dimensions(node, axes, from.len())?,
        _ if node.integer("noop_with_empty_axes")?.unwrap_or(0) != 0 => Vec::new(),
        _ => (0..from.len()).collect(),
    };
    let kept: Vec<u64> = (0..from.len())
        .map(|d| if gone.contains(&d) { 1 } else { from[d] })
        .collect();
    let keep = node.integer("keepdims")?.unwrap_or(1) != 0;
    let shape: Vec<u64> = (0..from.len())
        .filter(|d| keep || !gone.contains(d))
        .map(|d| kept[d])
        .collect();
    // The operand too: reading it is the work.
    budget.take(node, from, false)?;
    let elements = budget.take(node, &kept, matches!(constant.content, Content::Integers(_)))?;
    let targets = positions(from, &stretched_strides(&kept, from));
    match &constant.content {
        Content::Integers(integers) => {
            let function: fn(i64, i64) -> Option<i64> = match op_type {
                "ReduceProd" => i64::checked_mul,
                "ReduceSum" => i64::checked_add,
                "ReduceMax" => |a, b| Some(a.max(b)),
                "ReduceMin" => |a, b| Some(a.min(b)),
                _ => |_, _| None,
            };
            let values = accumulated(elements, &targets, &integers.values, function)
                .ok_or_else(|| node.invalid("it overflows, or has no elements", "another constant"))?;
            Ok(Content::Integers(Integers {
                shape,
                values: values.into(),
            }))
        }
        Content::Numbers(weight) => {
            let function: fn(f32, f32) -> Option<f32> = match op_type {
                "ReduceProd" => |a, b| Some(a * b),
                "ReduceMax" => |a, b| Some(a.max(b)),
                "ReduceMin" => |a, b| Some(a.min(b)),
                _ => |a, b| Some(a + b),
            };
            let values = accumulated(elements, &targets, &weight.to_f32(), function)
                .ok_or_else(|| node.invalid("it has no elements", "at least one"))?;
            let divisor = if op_type == "ReduceMean" {
                targets.len() as f32 / elements as f32
            } else {
                1.0
            };
            let values: Vec<f32> = values.into_iter().map(|value| value / divisor).collect();
            numbers(node, shape, &values)
        }
    }
}

/// Every value joined to those of the same target.
fn accumulated<T: Copy>(
    elements: usize,
    targets: &[usize],
    values: &[T],
    join: impl Fn(T, T) -> Option<T>,
) -> Option<Vec<T>> {
    let mut results: Vec<Option<T>> = vec![None; elements];
    for (&target, &value) in targets.iter().zip(values) {
        results[target] = Some(match results[target] {
            None => value,
            Some(sum) => join(sum, value)?,
        });
    }
    results.into_iter().collect()
}
