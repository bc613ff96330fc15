//! Sums of constants along a dimension, element by element.

use super::{
    budget::Budget,
    folding::{Folding, row},
    operands::{computed, first_output, integers, operand},
};
use crate::{
    OnnxError,
    constant::{Constant, Content, Integers},
    node::{Node, dimension},
};

/// Rows of the table of what is computed beforehand.
pub(super) const FOLDINGS: &[Folding] = &[row("CumSum", &[11, 14], sums)];

fn sums(node: Node, operands: &[Option<&Constant>], budget: &mut Budget) -> Result<Vec<Constant>, OnnxError> {
    let x = operand(node, operands, 0)?;
    let shape = x.shape().to_vec();
    let axis = integers(node, operands, 1)?.first().copied().unwrap_or(0);
    let axis = dimension(axis, shape.len())
        .ok_or_else(|| node.invalid(format!("axis {axis} of shape {shape:?}"), "a dimension"))?;
    let excludes = node.integer("exclusive")?.unwrap_or(0) != 0;
    let is_reversed = node.integer("reverse")?.unwrap_or(0) != 0;
    let size = shape[axis] as usize;
    let inner = shape[axis + 1..].iter().product::<u64>() as usize;
    budget.take(node, &shape, matches!(x.content, Content::Integers(_)))?;
    let line = Line {
        size,
        inner,
        excludes,
        is_reversed,
    };
    let content = match &x.content {
        Content::Integers(integers) => {
            let values = line.sums(&integers.values, 0, i64::wrapping_add).into();
            Content::Integers(Integers { shape, values })
        }
        Content::Numbers(_) => computed(node, shape, &[x], move |operands| {
            line.sums(&operands[0], 0.0, |sum, value| sum + value)
        })?,
    };
    Ok(first_output(node, content))
}

/// How the elements that are added up lie.
#[derive(Clone, Copy)]
struct Line {
    size: usize,
    /// From one element to the next.
    inner: usize,
    /// Whether an element is not part of its own sum.
    excludes: bool,
    is_reversed: bool,
}

impl Line {
    fn sums<T: Copy>(self, values: &[T], zero: T, add: impl Fn(T, T) -> T) -> Vec<T> {
        let mut results = values.to_vec();
        let block = self.size.saturating_mul(self.inner).max(1);
        for first in (0..values.len()).step_by(block) {
            for offset in 0..self.inner {
                let mut sum = zero;
                for step in 0..self.size {
                    let step = if self.is_reversed {
                        self.size - 1 - step
                    } else {
                        step
                    };
                    let place = first + offset + step * self.inner;
                    let next = add(sum, values[place]);
                    results[place] = if self.excludes { sum } else { next };
                    sum = next;
                }
            }
        }
        results
    }
}
