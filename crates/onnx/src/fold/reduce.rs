//! Reductions of constants.

use super::{
    array::{positions, stretched_strides},
    budget::Budget,
    folding::{Folding, row},
    operands::{axes, computed, dimensions, first_output, operand},
};
use crate::{
    OnnxError,
    constant::{Constant, Content, Integers},
    node::Node,
};

/// Rows of the table of what is computed beforehand.
pub(super) const FOLDINGS: &[Folding] = &[
    row("ReduceL1", VERSIONS, reduce),
    row("ReduceL2", VERSIONS, reduce),
    row("ReduceLogSum", VERSIONS, reduce),
    row("ReduceLogSumExp", VERSIONS, reduce),
    row("ReduceMax", VERSIONS, reduce),
    row("ReduceMean", VERSIONS, reduce),
    row("ReduceMin", VERSIONS, reduce),
    row("ReduceProd", VERSIONS, reduce),
    row("ReduceSum", &[1, 11, 13], reduce),
    row("ReduceSumSquare", VERSIONS, reduce),
];

/// Axes may be negative from 11 on, and are an operand from 18 on.
const VERSIONS: &[i64] = &[1, 11, 18];

/// A reduction: what goes in, how two are joined, and what comes of as many.
#[derive(Clone, Copy)]
struct Reduction {
    before: fn(f64) -> f64,
    join: fn(f64, f64) -> f64,
    after: fn(f64, f64) -> f64,
    /// Of nothing.
    empty: Option<f64>,
}

fn reduction(op_type: &str) -> Reduction {
    const SUM: Reduction = Reduction {
        before: |value| value,
        join: |a, b| a + b,
        after: |sum, _| sum,
        empty: Some(0.0),
    };
    match op_type {
        "ReduceMean" => Reduction {
            after: |sum, count| sum / count,
            empty: None,
            ..SUM
        },
        "ReduceProd" => Reduction {
            join: |a, b| a * b,
            empty: Some(1.0),
            ..SUM
        },
        "ReduceMax" => Reduction {
            join: f64::max,
            empty: None,
            ..SUM
        },
        "ReduceMin" => Reduction {
            join: f64::min,
            empty: None,
            ..SUM
        },
        "ReduceL1" => Reduction {
            before: f64::abs,
            ..SUM
        },
        "ReduceL2" => Reduction {
            before: |value| value * value,
            after: |sum, _| sum.sqrt(),
            ..SUM
        },
        "ReduceSumSquare" => Reduction {
            before: |value| value * value,
            ..SUM
        },
        "ReduceLogSum" => Reduction {
            after: |sum, _| sum.ln(),
            ..SUM
        },
        "ReduceLogSumExp" => Reduction {
            before: f64::exp,
            after: |sum, _| sum.ln(),
            ..SUM
        },
        _ => SUM,
    }
}

fn reduce(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let op_type = node.op_type();
    let constant = operand(node, operands, 0)?;
    let from = constant.shape().to_vec();
    let gone = match axes(node, operands, 1)? {
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
    let reduction = reduction(&op_type);
    if constant.elements() == 0 && reduction.empty.is_none() {
        return Err(node.invalid("it has no elements", "at least one"));
    }
    // The operand too: reading it is the work.
    budget.take(node, &from, false)?;
    let elements = budget.take(node, &kept, matches!(constant.content, Content::Integers(_)))?;
    if let Content::Integers(integers) = &constant.content {
        let function: Option<fn(i64, i64) -> Option<i64>> = match op_type.as_str() {
            "ReduceProd" => Some(i64::checked_mul),
            "ReduceSum" => Some(i64::checked_add),
            "ReduceMax" => Some(|a, b| Some(a.max(b))),
            "ReduceMin" => Some(|a, b| Some(a.min(b))),
            _ => None,
        };
        let targets: Vec<usize> = positions(&from, &stretched_strides(&kept, &from)).collect();
        let values = function
            .and_then(|function| accumulated(elements, &targets, &integers.values, function))
            .ok_or_else(|| {
                node.invalid(
                    "it overflows, has no elements, or needs numbers",
                    "another constant",
                )
            })?;
        let content = Content::Integers(Integers {
            shape,
            values: values.into(),
        });
        return Ok(first_output(node, content));
    }
    let content = computed(node, shape, &[constant], move |operands| {
        let targets = positions(&from, &stretched_strides(&kept, &from));
        let mut results: Vec<Option<f64>> = vec![None; elements];
        for (target, &value) in targets.zip(operands[0].iter()) {
            let value = (reduction.before)(f64::from(value));
            results[target] = Some(results[target].map_or(value, |sum| (reduction.join)(sum, value)));
        }
        let count = (operands[0].len() / elements.max(1)) as f64;
        let results = results.into_iter().map(|result| {
            let result = result.or(reduction.empty).unwrap_or(f64::NAN);
            (reduction.after)(result, count) as f32
        });
        results.collect()
    })?;
    Ok(first_output(node, content))
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
