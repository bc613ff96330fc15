//! Operators that only move the elements of constants.

use super::{
    array::{broadcast, positions, stretched_strides},
    budget::Budget,
    folding::{Folding, row},
    operands::{computed, dimensions, first_output, integers, list, operand, optional},
};
use crate::{
    OnnxError,
    constant::{Constant, Content, Integers, element_count},
    limits::MAX_ELEMENTS,
    node::{Node, dimension},
};

/// Rows of the table of what is computed beforehand.
pub(super) const FOLDINGS: &[Folding] = &[
    row("Concat", &[1, 4, 11], concat),
    row("Expand", &[8], expand),
    row("Gather", &[1, 11], gather),
    row("GatherElements", &[11], gather_elements),
    row("NonZero", &[9], non_zero),
    row("Pad", &[1, 2, 11, 18], pad),
    row("Slice", &[1, 10, 11], slice),
    row("Split", &[1, 2, 11, 13, 18], split),
    row("Tile", &[1, 6], tile),
    row("Transpose", &[1], transpose),
];

/// The elements at the positions that `order` gives, in a new shape.
fn moved(
    node: Node,
    constant: &Constant,
    shape: Vec<u64>,
    budget: &mut Budget,
    order: impl Fn() -> Vec<usize> + Send + Sync + 'static,
) -> Result<Content, OnnxError> {
    let elements = budget.take(node, &shape, is_integers(&constant.content))?;
    match &constant.content {
        Content::Integers(integers) => {
            // However large the other dimensions of nothing are, there is nothing to move.
            let order = if elements == 0 { Vec::new() } else { order() };
            let values = order.into_iter().map(|index| integers.values.get(index).copied());
            let values = values.collect::<Option<_>>();
            let values =
                values.ok_or_else(|| node.invalid("it reads beyond its operand", "indices within it"))?;
            Ok(Content::Integers(Integers { shape, values }))
        }
        Content::Numbers(weight) => weight.reordered(shape, order).map(Content::Numbers),
    }
}

const fn is_integers(content: &Content) -> bool {
    matches!(content, Content::Integers(_))
}

/// The dimension that the attribute `axis` names.
pub(crate) fn axis_of(node: Node, absent: i64, rank: usize) -> Result<usize, OnnxError> {
    let axis = node.integer("axis")?.unwrap_or(absent);
    dimension(axis, rank)
        .ok_or_else(|| node.invalid(format!("axis {axis} of {rank} dimensions"), "a dimension"))
}

/// The permutation of a `Transpose`: dimensions backwards where the node states none.
pub(crate) fn permutation(node: Node, rank: usize) -> Result<Vec<usize>, OnnxError> {
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

fn transpose(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let constant = operand(node, operands, 0)?;
    let from = constant.shape();
    let permutation = permutation(node, from.len())?;
    let shape: Vec<u64> = permutation.iter().map(|&d| from[d]).collect();
    let whole = from.to_vec();
    Ok(vec![Constant {
        // A transposed parameter is still that.
        origin: constant.origin.clone(),
        defined: false,
        content: moved(node, constant, shape, budget, move || {
            transposed_positions(&whole, &permutation)
        })?,
    }])
}

/// Where in an array each element of the array with its dimensions in another order lies. The permutation is one of its dimensions.
pub(crate) fn transposed_positions(from: &[u64], permutation: &[usize]) -> Vec<usize> {
    let shape: Vec<u64> = permutation.iter().map(|&d| from[d]).collect();
    let strides = distances(from);
    let strides: Vec<usize> = permutation.iter().map(|&d| strides[d]).collect();
    positions(&shape, &strides).collect()
}

/// Distance of neighbours along each dimension.
fn distances(shape: &[u64]) -> Vec<usize> {
    let mut stride = 1_usize;
    let mut strides: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&size| {
            let own = stride;
            stride = stride.saturating_mul(size as usize);
            own
        })
        .collect();
    strides.reverse();
    strides
}

/// The positions along a dimension of a size that a slice keeps: the first, and how many.
pub(crate) fn slice_positions(size: u64, start: i64, end: i64, step: i64) -> (i64, u64) {
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

/// For each sliced dimension: start, end, step. Up to opset 9 they are attributes.
pub(crate) fn slices(
    node: Node,
    operands: &[Option<&Constant>],
    rank: usize,
) -> Result<Vec<(usize, [i64; 3])>, OnnxError> {
    let needed = |index, attribute| {
        list(node, operands, index, attribute)?
            .ok_or_else(|| node.invalid(format!("it has no `{attribute}`"), "as many starts as ends"))
    };
    let (starts, ends) = (needed(1, "starts")?, needed(2, "ends")?);
    let axes = match list(node, operands, 3, "axes")? {
        Some(axes) => dimensions(node, axes, rank)?,
        None => (0..starts.len()).collect(),
    };
    let steps = match optional(operands, 4) {
        Some(_) => integers(node, operands, 4)?.to_vec(),
        None => vec![1; starts.len()],
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

fn slice(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let mut constant = operand(node, operands, 0)?.clone();
    for (axis, [start, end, step]) in slices(node, operands, constant.shape().len())? {
        let (first, count) = slice_positions(constant.shape()[axis], start, end, step);
        let kept = move |index: u64| first.saturating_add((index as i64).saturating_mul(step)) as usize;
        constant.content = taken(node, &constant, axis, kept, &[count], budget)?;
    }
    Ok(first_output(node, constant.content))
}

/// Sizes of the parts of a `Split`: an attribute up to opset 12, from 13 on an operand, and equal where neither is there, the last
/// perhaps smaller from opset 18 on.
pub(crate) fn split_sizes(
    node: Node,
    operands: &[Option<&Constant>],
    size: u64,
) -> Result<Vec<u64>, OnnxError> {
    let parts = node.proto.output.len() as u64;
    let wrong = |sizes: &dyn std::fmt::Debug| {
        node.invalid(
            format!("it splits {size} into {sizes:?}"),
            format!("{parts} sizes that add up to it"),
        )
    };
    if let Some(stated) = list(node, operands, 1, "split")? {
        let sizes: Option<Vec<u64>> = stated.iter().map(|&size| u64::try_from(size).ok()).collect();
        let sizes = sizes.ok_or_else(|| wrong(&stated))?;
        let sum = sizes.iter().try_fold(0_u64, |sum, &size| sum.checked_add(size));
        return if sum == Some(size) && sizes.len() as u64 == parts {
            Ok(sizes)
        } else {
            Err(wrong(&stated))
        };
    }
    let asked = node.integer("num_outputs")?.map_or(parts, |asked| asked as u64);
    let each = size.div_ceil(parts.max(1));
    let last = size.checked_sub(each * parts.saturating_sub(1));
    let last = last.filter(|&last| asked == parts && (last == each || node.opset >= 18));
    let last = last.ok_or_else(|| wrong(&asked))?;
    Ok((1..parts).map(|_| each).chain([last]).collect())
}

fn split(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let constant = operand(node, operands, 0)?;
    let axis = axis_of(node, 0, constant.shape().len())?;
    let mut first = 0;
    let mut parts = Vec::new();
    let sizes = split_sizes(node, operands, constant.shape()[axis])?;
    for (size, name) in sizes.into_iter().zip(&node.proto.output) {
        let kept = move |index: u64| (first + index) as usize;
        parts.push(Constant {
            origin: name.clone(),
            defined: false,
            content: taken(node, constant, axis, kept, &[size], budget)?,
        });
        first += size;
    }
    Ok(parts)
}

/// Indices that may count from the end of a size.
pub(crate) fn counted(node: Node, indices: &[i64], size: u64) -> Result<Vec<usize>, OnnxError> {
    indices
        .iter()
        .map(|&index| {
            let counted = if index < 0 {
                index.saturating_add(size as i64)
            } else {
                index
            };
            usize::try_from(counted)
                .ok()
                .filter(|&index| (index as u64) < size)
                .ok_or_else(|| node.invalid(format!("index {index} of {size}"), "an index within"))
        })
        .collect()
}

/// An operand of whole numbers that are indices.
fn indices<'a>(
    node: Node,
    operands: &[Option<&'a Constant>],
    index: usize,
) -> Result<&'a Integers, OnnxError> {
    match &operand(node, operands, index)?.content {
        Content::Integers(integers) => Ok(integers),
        Content::Numbers(_) => Err(node.invalid("its indices are no whole numbers", "whole numbers")),
    }
}

fn gather(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let constant = operand(node, operands, 0)?;
    let axis = axis_of(node, 0, constant.shape().len())?;
    let indices = indices(node, operands, 1)?;
    let kept = counted(node, &indices.values, constant.shape()[axis])?;
    let kept = move |index: u64| kept.get(index as usize).copied().unwrap_or(usize::MAX);
    let content = taken(node, constant, axis, kept, &indices.shape, budget)?;
    Ok(first_output(node, content))
}

/// The elements at some positions of a dimension, which becomes the dimensions of `replacement`. `kept` gives the position of each of
/// their elements.
fn taken(
    node: Node,
    constant: &Constant,
    axis: usize,
    kept: impl Fn(u64) -> usize + Send + Sync + 'static,
    replacement: &[u64],
    budget: &mut Budget,
) -> Result<Content, OnnxError> {
    let shape = constant.shape();
    let result: Vec<u64> = [&shape[..axis], replacement, &shape[axis + 1..]].concat();
    let outer = shape[..axis].iter().product::<u64>() as usize;
    let inner = shape[axis + 1..].iter().product::<u64>() as usize;
    let size = shape[axis] as usize;
    let count: u64 = replacement.iter().product();
    moved(node, constant, result, budget, move || {
        let mut order = Vec::new();
        for block in 0..outer {
            for index in 0..count {
                let place = block.saturating_mul(size).saturating_add(kept(index));
                let first = place.saturating_mul(inner);
                order.extend(first..first.saturating_add(inner));
            }
        }
        order
    })
}

/// Element by element: along the axis the index says where, in the others the place of the index.
fn gather_elements(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let constant = operand(node, operands, 0)?;
    let shape = constant.shape();
    let axis = axis_of(node, 0, shape.len())?;
    let indices = indices(node, operands, 1)?;
    let fits = indices.shape.len() == shape.len()
        && (0..shape.len()).all(|d| d == axis || indices.shape[d] <= shape[d]);
    if !fits {
        return Err(node.invalid(
            format!("indices of shape {:?} in {shape:?}", indices.shape),
            "as many dimensions, no larger but for the axis",
        ));
    }
    let kept = counted(node, &indices.values, shape[axis])?;
    let mut strides = distances(shape);
    let stride = std::mem::replace(&mut strides[axis], 0);
    let result = indices.shape.clone();
    let content = moved(node, constant, result.clone(), budget, move || {
        let places = positions(&result, &strides);
        places
            .zip(&kept)
            .map(|(place, index)| place + index * stride)
            .collect()
    })?;
    Ok(first_output(node, content))
}

/// The indices of what is not 0, a column for each.
fn non_zero(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let constant = operand(node, operands, 0)?;
    let shape = constant.shape();
    budget.take(node, shape, true)?;
    let found: Vec<usize> = match &constant.content {
        Content::Integers(integers) => places_where(&integers.values, |&value| value != 0),
        Content::Numbers(weight) => places_where(&weight.to_f32()?, |&value| value != 0.0),
    };
    let columns = [shape.len() as u64, found.len() as u64];
    budget.take(node, &columns, true)?;
    let strides = distances(shape);
    let values = shape.iter().zip(&strides).flat_map(|(&size, &stride)| {
        found
            .iter()
            .map(move |&place| (place / stride.max(1)) as i64 % size.max(1) as i64)
    });
    let content = Content::Integers(Integers {
        shape: columns.to_vec(),
        values: values.collect(),
    });
    Ok(first_output(node, content))
}

fn places_where<T>(values: &[T], is: impl Fn(&T) -> bool) -> Vec<usize> {
    let values = values.iter().enumerate();
    values
        .filter(|(_, value)| is(value))
        .map(|(place, _)| place)
        .collect()
}

fn expand(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let constant = operand(node, operands, 0)?;
    let target = integers(node, operands, 1)?;
    let wanted: Option<Vec<u64>> = target.iter().map(|&size| u64::try_from(size).ok()).collect();
    let shape = wanted
        .and_then(|wanted| broadcast(constant.shape(), &wanted))
        .ok_or_else(|| {
            node.invalid(
                format!("{:?} does not expand to {target:?}", constant.shape()),
                "equal sizes or 1",
            )
        })?;
    let (from, result) = (constant.shape().to_vec(), shape.clone());
    let content = moved(node, constant, shape, budget, move || {
        positions(&result, &stretched_strides(&from, &result)).collect()
    })?;
    Ok(first_output(node, content))
}

fn tile(node: Node, operands: &[Option<&Constant>], budget: &mut Budget) -> Result<Vec<Constant>, OnnxError> {
    let constant = operand(node, operands, 0)?;
    let (from, repeats) = (constant.shape().to_vec(), integers(node, operands, 1)?);
    let shape: Option<Vec<u64>> = from
        .iter()
        .zip(repeats)
        .map(|(&size, &times)| size.checked_mul(u64::try_from(times).ok()?))
        .collect();
    let shape = shape
        .filter(|shape| repeats.len() == from.len() && element_count(shape).is_some())
        .ok_or_else(|| node.invalid(format!("it repeats {from:?} {repeats:?} times"), "a count each"))?;
    let result = shape.clone();
    let content = moved(node, constant, shape, budget, move || {
        places(&result, |index, d| index % from[d].max(1), &from)
    })?;
    Ok(first_output(node, content))
}

/// For every element of a shape: the place in `from` of the index that `of` makes of each of its indices.
fn places(shape: &[u64], of: impl Fn(u64, usize) -> u64, from: &[u64]) -> Vec<usize> {
    let strides = distances(from);
    let elements: u64 = shape.iter().product();
    (0..elements)
        .map(|element| {
            let mut rest = element;
            (0..shape.len())
                .rev()
                .map(|d| {
                    let index = rest % shape[d].max(1);
                    rest /= shape[d].max(1);
                    of(index, d) as usize * strides[d]
                })
                .sum()
        })
        .collect()
}

/// What a `Pad` puts before and after each dimension; attributes up to opset 10, operands from there on.
pub(crate) fn padding(
    node: Node,
    operands: &[Option<&Constant>],
    rank: usize,
) -> Result<(Vec<i64>, Vec<i64>), OnnxError> {
    let pads = list(node, operands, 1, "pads")?.unwrap_or_default();
    let axes = match optional(operands, 3) {
        Some(_) => dimensions(node, integers(node, operands, 3)?, rank)?,
        None => (0..rank).collect(),
    };
    if pads.len() != 2 * axes.len() || pads.iter().any(|pad| pad.unsigned_abs() > MAX_ELEMENTS) {
        return Err(node.invalid(
            format!("pads is {pads:?} for {} dimensions", axes.len()),
            "a beginning and an end for each dimension",
        ));
    }
    let mut lower = vec![0_i64; rank];
    let mut upper = vec![0_i64; rank];
    for (index, &axis) in axes.iter().enumerate() {
        lower[axis] = lower[axis].saturating_add(pads[index]);
        upper[axis] = upper[axis].saturating_add(pads[axes.len() + index]);
    }
    Ok((lower, upper))
}

fn pad(node: Node, operands: &[Option<&Constant>], budget: &mut Budget) -> Result<Vec<Constant>, OnnxError> {
    let constant = operand(node, operands, 0)?;
    let from = constant.shape().to_vec();
    let (lower, upper) = padding(node, operands, from.len())?;
    let mode = node.text("mode")?.unwrap_or("constant");
    if mode != "constant" {
        return Err(node.unsupported(format!("mode `{mode}` of a constant"), "mode `constant`"));
    }
    let fill = match optional(operands, 2) {
        Some(fill) => fill.number()?,
        None => node.number("value")?,
    };
    let fill = fill.unwrap_or(0.0);
    let shape: Option<Vec<u64>> = (0..from.len())
        .map(|d| {
            let size = i128::from(from[d]) + i128::from(lower[d]) + i128::from(upper[d]);
            u64::try_from(size).ok()
        })
        .collect();
    let shape = shape
        .filter(|shape| element_count(shape).is_some())
        .ok_or_else(|| {
            node.invalid(
                format!("it pads {from:?} by {lower:?} and {upper:?}"),
                "padding that leaves sizes of 0 or more",
            )
        })?;
    budget.take(node, &shape, is_integers(&constant.content))?;
    let result = shape.clone();
    // The place in the operand, if there is one, of every element.
    let order = move || -> Vec<Option<usize>> {
        let strides = distances(&from);
        let elements: u64 = result.iter().product();
        (0..elements)
            .map(|element| {
                let mut rest = element;
                let mut place = 0;
                for d in (0..result.len()).rev() {
                    let index = (rest % result[d]) as i64 - lower[d];
                    rest /= result[d];
                    let index = u64::try_from(index).ok().filter(|&index| index < from[d])?;
                    place += index as usize * strides[d];
                }
                Some(place)
            })
            .collect()
    };
    let content = match &constant.content {
        Content::Integers(integers) => {
            let values = order().into_iter().map(|place| match place {
                Some(place) => integers.values.get(place).copied().unwrap_or(0),
                None => fill as i64,
            });
            let values = values.collect();
            Content::Integers(Integers { shape, values })
        }
        Content::Numbers(_) => computed(node, shape, &[constant], move |operands| {
            let values = order().into_iter().map(|place| match place {
                Some(place) => operands[0].get(place).copied().unwrap_or(0.0),
                None => fill as f32,
            });
            values.collect()
        })?,
    };
    Ok(first_output(node, content))
}

fn concat(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let parts = (0..operands.len()).map(|index| operand(node, operands, index));
    let parts: Vec<&Constant> = parts.collect::<Result<_, _>>()?;
    let shapes: Vec<&[u64]> = parts.iter().map(|part| part.shape()).collect();
    let wrong = || {
        node.invalid(
            format!("shapes {shapes:?} are put together"),
            "shapes that agree in all other dimensions",
        )
    };
    let mut shape = shapes.first().ok_or_else(wrong)?.to_vec();
    let rank = shape.len();
    let axis = axis_of(node, 0, rank)?;
    shape[axis] = 0;
    for part in &shapes {
        let agrees = part.len() == rank && (0..rank).all(|d| d == axis || part[d] == shapes[0][d]);
        if !agrees {
            return Err(wrong());
        }
        shape[axis] = shape[axis].checked_add(part[axis]).ok_or_else(wrong)?;
    }
    let all_integers = parts.iter().all(|part| is_integers(&part.content));
    let elements = budget.take(node, &shape, all_integers)?;
    let outer = shape[..axis].iter().product::<u64>() as usize;
    let lengths: Vec<usize> = shapes
        .iter()
        .map(|part| part[axis..].iter().product::<u64>() as usize)
        .collect();
    let content = if all_integers {
        let lists: Vec<&[i64]> = parts
            .iter()
            .filter_map(|part| match &part.content {
                Content::Integers(integers) => Some(&*integers.values),
                Content::Numbers(_) => None,
            })
            .collect();
        let blocks = if elements == 0 { 0 } else { outer };
        let values = joined(blocks, &lengths, &lists).into();
        Content::Integers(Integers { shape, values })
    } else {
        computed(node, shape, &parts, move |operands| {
            let lists: Vec<&[f32]> = operands.iter().map(AsRef::as_ref).collect();
            joined(outer, &lengths, &lists)
        })?
    };
    Ok(first_output(node, content))
}

/// Block after block, of each list the elements of the block.
fn joined<T: Copy>(outer: usize, lengths: &[usize], lists: &[&[T]]) -> Vec<T> {
    let mut values = Vec::new();
    for block in 0..outer {
        for (&length, list) in lengths.iter().zip(lists) {
            let range = block * length..(block + 1) * length;
            values.extend_from_slice(list.get(range).unwrap_or_default());
        }
    }
    values
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
