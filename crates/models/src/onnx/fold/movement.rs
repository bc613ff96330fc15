//! Operators that only move the elements of constants.

use super::{
    array::{broadcast, positions, stretched_strides},
    budget::Budget,
    operands::{dimensions, integers},
};
use crate::onnx::{
    OnnxError,
    constant::{Constant, Content, Integers},
    node::{Node, dimension},
    weights::Weight,
};

/// The elements at `order`, in a new shape.
fn moved(node: Node, content: &Content, shape: Vec<u64>, order: &[usize]) -> Result<Content, OnnxError> {
    let wrong = || node.invalid("it reads beyond its operand", "indices within it");
    match content {
        Content::Integers(integers) => {
            let values = order.iter().map(|&index| integers.values.get(index).copied());
            Ok(Content::Integers(Integers {
                shape,
                values: values.collect::<Option<_>>().ok_or_else(wrong)?,
            }))
        }
        Content::Numbers(weight) => weight
            .reordered(shape, order)
            .map(Content::Numbers)
            .ok_or_else(wrong),
    }
}

const fn is_integers(content: &Content) -> bool {
    matches!(content, Content::Integers(_))
}

/// The permutation of a `Transpose`: dimensions backwards where the node states none.
pub(in crate::onnx) fn permutation(node: Node, rank: usize) -> Result<Vec<usize>, OnnxError> {
    let permutation = match node.integers("perm") {
        [] => (0..rank).rev().collect(),
        axes => dimensions(node, axes, rank)?,
    };
    let mut sorted = permutation.clone();
    sorted.sort_unstable();
    if sorted.into_iter().eq(0..rank) {
        Ok(permutation)
    } else {
        Err(node.invalid(
            format!("perm is {permutation:?}"),
            format!("each of {rank} dimensions once"),
        ))
    }
}

pub(super) fn transpose(node: Node, constant: &Constant, budget: &mut Budget) -> Result<Constant, OnnxError> {
    let from = constant.shape();
    let permutation = permutation(node, from.len())?;
    let shape: Vec<u64> = permutation.iter().map(|&d| from[d]).collect();
    budget.take(node, &shape, is_integers(&constant.content))?;
    let strides = stretched_strides(from, from);
    let order = positions(
        &shape,
        &permutation.iter().map(|&d| strides[d]).collect::<Vec<_>>(),
    );
    Ok(Constant {
        origin: constant.origin.clone(),
        content: moved(node, &constant.content, shape, &order)?,
    })
}

/// The positions along a dimension of a size that a slice keeps.
pub(in crate::onnx) fn slice_positions(size: u64, start: i64, end: i64, step: i64) -> (i64, u64) {
    let size = i128::from(size);
    let (step, lowest, highest) = if step < 0 {
        (i128::from(step), -1, size - 1)
    } else {
        (i128::from(step), 0, size)
    };
    let clamp = |index: i64| {
        let index = i128::from(index);
        let counted = if index < 0 { index + size } else { index };
        counted.clamp(lowest, highest)
    };
    let (start, end) = (clamp(start), clamp(end));
    let span = end - start;
    let count = if step == 0 || span.signum() != step.signum() {
        0
    } else {
        (span.abs() + step.abs() - 1) / step.abs()
    };
    (start as i64, count as u64)
}

/// For each sliced dimension: start, end, step.
pub(in crate::onnx) fn slices(
    node: Node,
    operands: &[Option<&Constant>],
    rank: usize,
) -> Result<Vec<(usize, [i64; 3])>, OnnxError> {
    let starts = integers(node, operands, 1)?;
    let ends = integers(node, operands, 2)?;
    let given = |index: usize| operands.get(index).copied().flatten().is_some();
    let axes = if given(3) {
        dimensions(node, integers(node, operands, 3)?, rank)?
    } else {
        (0..starts.len()).collect()
    };
    let steps = if given(4) {
        integers(node, operands, 4)?.to_vec()
    } else {
        vec![1; starts.len()]
    };
    let fit = [ends.len(), axes.len(), steps.len()]
        .iter()
        .all(|&length| length == starts.len());
    if !fit || axes.iter().any(|&axis| axis >= rank) || steps.contains(&0) {
        return Err(node.invalid(
            format!("it slices {rank} dimensions by {starts:?} to {ends:?} in steps of {steps:?}"),
            "as many starts, ends, axes and steps, no step of 0",
        ));
    }
    Ok(axes
        .into_iter()
        .enumerate()
        .map(|(index, axis)| (axis, [starts[index], ends[index], steps[index]]))
        .collect())
}

pub(super) fn slice(
    node: Node,
    constant: &Constant,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Content, OnnxError> {
    let mut content = constant.content.clone();
    let mut shape = constant.shape().to_vec();
    for (axis, [start, end, step]) in slices(node, operands, shape.len())? {
        let (first, count) = slice_positions(shape[axis], start, end, step);
        let kept: Vec<i64> = (0..count as i64)
            .map(|index| first.saturating_add(index.saturating_mul(step)))
            .collect();
        (content, shape) = taken(node, &content, &shape, axis, &kept, &[count], budget)?;
    }
    Ok(content)
}

pub(super) fn gather(
    node: Node,
    constant: &Constant,
    indices: &Constant,
    budget: &mut Budget,
) -> Result<Content, OnnxError> {
    let shape = constant.shape();
    let axis = node.integer("axis")?.unwrap_or(0);
    let wrong = || {
        node.invalid(
            format!("axis {axis} of shape {shape:?}"),
            "a dimension, and whole numbers as indices",
        )
    };
    let axis = dimension(axis, shape.len()).ok_or_else(wrong)?;
    let Content::Integers(indices) = &indices.content else {
        return Err(wrong());
    };
    let size = shape[axis] as i64;
    let counted: Vec<i64> = indices
        .values
        .iter()
        .map(|&index| {
            if index < 0 {
                index.saturating_add(size)
            } else {
                index
            }
        })
        .collect();
    Ok(taken(
        node,
        &constant.content,
        shape,
        axis,
        &counted,
        &indices.shape,
        budget,
    )?
    .0)
}

/// The elements at some positions of a dimension, which becomes the dimensions of `replacement`.
fn taken(
    node: Node,
    content: &Content,
    shape: &[u64],
    axis: usize,
    kept: &[i64],
    replacement: &[u64],
    budget: &mut Budget,
) -> Result<(Content, Vec<u64>), OnnxError> {
    let result: Vec<u64> = [&shape[..axis], replacement, &shape[axis + 1..]].concat();
    budget.take(node, &result, is_integers(content))?;
    let outer: u64 = shape[..axis].iter().product();
    let inner: u64 = shape[axis + 1..].iter().product();
    let mut order = Vec::new();
    for block in 0..outer {
        for &index in kept {
            let index = u64::try_from(index)
                .ok()
                .filter(|&index| index < shape[axis])
                .ok_or_else(|| {
                    node.invalid(format!("index {index} of {}", shape[axis]), "an index within")
                })?;
            let first = ((block * shape[axis] + index) * inner) as usize;
            order.extend(first..first + inner as usize);
        }
    }
    Ok((moved(node, content, result.clone(), &order)?, result))
}

pub(super) fn expand(
    node: Node,
    constant: &Constant,
    target: &[i64],
    budget: &mut Budget,
) -> Result<Content, OnnxError> {
    let wanted: Option<Vec<u64>> = target.iter().map(|&size| u64::try_from(size).ok()).collect();
    let shape = wanted
        .and_then(|wanted| broadcast(constant.shape(), &wanted))
        .ok_or_else(|| {
            node.invalid(
                format!("{:?} does not expand to {target:?}", constant.shape()),
                "equal sizes or 1",
            )
        })?;
    budget.take(node, &shape, is_integers(&constant.content))?;
    let order = positions(&shape, &stretched_strides(constant.shape(), &shape));
    moved(node, &constant.content, shape, &order)
}

pub(super) fn concat(node: Node, parts: &[&Constant], budget: &mut Budget) -> Result<Content, OnnxError> {
    let shapes: Vec<&[u64]> = parts.iter().map(|part| part.shape()).collect();
    let axis = node.integer("axis")?.unwrap_or(0);
    let wrong = || {
        node.invalid(
            format!("shapes {shapes:?} along {axis}"),
            "shapes that agree in all other dimensions",
        )
    };
    let rank = shapes.first().map_or(0, |shape| shape.len());
    let axis = dimension(axis, rank).ok_or_else(wrong)?;
    let mut shape = shapes[0].to_vec();
    shape[axis] = 0;
    for part in &shapes {
        let agrees = part.len() == rank && (0..rank).all(|d| d == axis || part[d] == shapes[0][d]);
        let sum = shape[axis]
            .checked_add(*part.get(axis).ok_or_else(wrong)?)
            .ok_or_else(wrong)?;
        if !agrees {
            return Err(wrong());
        }
        shape[axis] = sum;
    }
    let all_integers = parts.iter().all(|part| is_integers(&part.content));
    let elements = budget.take(node, &shape, all_integers)?;
    let outer: u64 = shape[..axis].iter().product();
    let mut values_of_integers = Vec::new();
    let mut values_of_numbers = Vec::new();
    let lists: Vec<(Vec<i64>, Vec<f32>)> = parts
        .iter()
        .map(|part| match &part.content {
            Content::Integers(integers) => (integers.values.to_vec(), Vec::new()),
            Content::Numbers(weight) => (Vec::new(), weight.to_f32()),
        })
        .collect();
    for block in 0..outer as usize {
        for (part, (of_integers, of_numbers)) in parts.iter().zip(&lists) {
            let length = part.elements() as usize / outer as usize;
            let range = block * length..(block + 1) * length;
            values_of_integers.extend_from_slice(of_integers.get(range.clone()).unwrap_or_default());
            values_of_numbers.extend_from_slice(of_numbers.get(range).unwrap_or_default());
        }
    }
    if all_integers && values_of_integers.len() == elements {
        return Ok(Content::Integers(Integers {
            shape,
            values: values_of_integers.into(),
        }));
    }
    Weight::from_f32(shape.clone(), &values_of_numbers)
        .map(Content::Numbers)
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::slice_positions;

    #[test]
    fn slices_clamp() {
        assert_eq!(slice_positions(4, 1, i64::MAX, 1), (1, 3));
        assert_eq!(slice_positions(4, -1, i64::MIN, -1), (3, 4));
        assert_eq!(slice_positions(4, 0, 4, 3), (0, 2));
        assert_eq!(slice_positions(4, 3, 1, 1), (3, 0));
        assert_eq!(slice_positions(0, 0, 1, 1), (0, 0));
        assert_eq!(slice_positions(4, -100, 2, 1), (0, 2));
    }
}
