//! Constant folding: nodes whose operands are all known, which is what shape arithmetic comes to once the input is bound.

mod array;
mod budget;
mod elementwise;
mod movement;
mod operands;
mod reduce;

use super::{
    OnnxError,
    constant::{Constant, Content, Integers, element_count, number_format},
    limits::MAX_DIMENSIONS,
    node::Node,
    proto::data_type,
};
pub(super) use budget::Budget;
pub(super) use movement::{permutation, slice_positions, slices};
pub(super) use operands::{axes, dimensions, integers, numbers, operand};

/// The value that a node puts out, or `None` where its operator is none that is computed beforehand.
pub(super) fn evaluate(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Option<Constant>, OnnxError> {
    let op_type = node.op_type();
    let op_type = op_type.as_str();
    let kept = |constant: Constant| Some(constant);
    let computed = |content: Content| {
        Some(Constant {
            origin: node.output().to_owned(),
            content,
        })
    };
    let first = || operand(node, operands, 0);
    Ok(match op_type {
        // The value's own name: exporters share equal parameters through identities.
        "Identity" | "Dropout" => computed(first()?.content.clone()),
        "Cast" => kept(cast(node, first()?, budget)?),
        "Reshape" => {
            let shape = reshape_target(node, first()?.shape(), integers(node, operands, 1)?)?;
            kept(reshaped(node, first()?, &shape)?)
        }
        "Flatten" => kept(reshaped(
            node,
            first()?,
            &flatten_target(node, first()?.shape())?,
        )?),
        "Squeeze" => {
            let axes = axes(node, operands, 1)?;
            kept(reshaped(
                node,
                first()?,
                &squeeze_target(node, first()?.shape(), axes)?,
            )?)
        }
        "Unsqueeze" => {
            let axes = axes(node, operands, 1)?;
            kept(reshaped(
                node,
                first()?,
                &unsqueeze_target(node, first()?.shape(), axes)?,
            )?)
        }
        "Transpose" => kept(movement::transpose(node, first()?, budget)?),
        "Slice" => computed(movement::slice(node, first()?, operands, budget)?),
        "Gather" => computed(movement::gather(
            node,
            first()?,
            operand(node, operands, 1)?,
            budget,
        )?),
        "Expand" => computed(movement::expand(
            node,
            first()?,
            integers(node, operands, 1)?,
            budget,
        )?),
        "Concat" => {
            let parts = (0..operands.len()).map(|index| operand(node, operands, index));
            computed(movement::concat(
                node,
                &parts.collect::<Result<Vec<_>, _>>()?,
                budget,
            )?)
        }
        "ConstantOfShape" => computed(constant_of_shape(node, integers(node, operands, 0)?, budget)?),
        "Range" => computed(range(node, operands, budget)?),
        "Size" => computed(Content::Integers(Integers {
            shape: Vec::new(),
            values: [first()?.elements() as i64].into(),
        })),
        "ReduceMean" | "ReduceSum" | "ReduceProd" | "ReduceMax" | "ReduceMin" => {
            let axes = axes(node, operands, 1)?;
            computed(reduce::reduce(node, op_type, first()?, axes, budget)?)
        }
        "Where" => computed(elementwise::choose(
            node,
            [first()?, operand(node, operands, 1)?, operand(node, operands, 2)?],
            budget,
        )?),
        _ => elementwise::evaluate(node, op_type, operands, budget)?.and_then(computed),
    })
}

/// Shape of a `Reshape`: 0 keeps a size (unless `allowzero`), −1 takes what is left.
pub(super) fn reshape_target(node: Node, from: &[u64], target: &[i64]) -> Result<Vec<u64>, OnnxError> {
    let allow_zero = node.integer("allowzero")?.unwrap_or(0) != 0;
    let elements: u64 = from.iter().product();
    let wrong = || {
        node.invalid(
            format!("{from:?} cannot be reshaped to {target:?}"),
            "as many elements, and -1 at most once",
        )
    };
    if target.len() > MAX_DIMENSIONS {
        return Err(wrong());
    }
    let mut shape = Vec::with_capacity(target.len());
    let mut rest = None;
    for (index, &size) in target.iter().enumerate() {
        shape.push(match size {
            0 if !allow_zero => from.get(index).copied().ok_or_else(wrong)?,
            -1 if rest.is_none() => {
                rest = Some(index);
                1
            }
            size => u64::try_from(size).map_err(|_| wrong())?,
        });
    }
    let known = element_count(&shape).ok_or_else(wrong)?;
    if let Some(index) = rest {
        if known == 0 || !elements.is_multiple_of(known) {
            return Err(wrong());
        }
        shape[index] = elements / known;
    } else if known != elements {
        return Err(wrong());
    }
    Ok(shape)
}

/// Shape of a `Flatten`.
pub(super) fn flatten_target(node: Node, from: &[u64]) -> Result<Vec<u64>, OnnxError> {
    let axis = node.integer("axis")?.unwrap_or(1);
    let counted = if axis < 0 { axis + from.len() as i64 } else { axis };
    let split = usize::try_from(counted).ok().filter(|&split| split <= from.len());
    let split = split.ok_or_else(|| node.invalid(format!("axis is {axis}"), "a dimension"))?;
    Ok(vec![
        from[..split].iter().product(),
        from[split..].iter().product(),
    ])
}

/// Shape of a `Squeeze`: without axes, every size of 1 goes.
pub(super) fn squeeze_target(node: Node, from: &[u64], axes: Option<&[i64]>) -> Result<Vec<u64>, OnnxError> {
    let gone = match axes {
        Some(axes) => dimensions(node, axes, from.len())?,
        None => (0..from.len()).filter(|&index| from[index] == 1).collect(),
    };
    Ok((0..from.len())
        .filter(|index| !gone.contains(index))
        .map(|index| from[index])
        .collect())
}

/// Shape of an `Unsqueeze`.
pub(super) fn unsqueeze_target(
    node: Node,
    from: &[u64],
    axes: Option<&[i64]>,
) -> Result<Vec<u64>, OnnxError> {
    let axes = axes.unwrap_or_default();
    let rank = from.len() + axes.len();
    if rank > MAX_DIMENSIONS {
        return Err(node.invalid(
            format!("it makes {rank} dimensions"),
            format!("at most {MAX_DIMENSIONS}"),
        ));
    }
    let new = dimensions(node, axes, rank)?;
    let mut old = from.iter().copied();
    Ok((0..rank)
        .map(|index| {
            if new.contains(&index) {
                1
            } else {
                old.next().unwrap_or(1)
            }
        })
        .collect())
}

fn reshaped(node: Node, constant: &Constant, shape: &[u64]) -> Result<Constant, OnnxError> {
    constant.reshaped(shape).ok_or_else(|| {
        node.invalid(
            format!("{:?} cannot be reshaped to {shape:?}", constant.shape()),
            "as many elements",
        )
    })
}

fn cast(node: Node, constant: &Constant, budget: &mut Budget) -> Result<Constant, OnnxError> {
    let to = node.integer("to")?.unwrap_or(0);
    let to = i32::try_from(to).unwrap_or(0);
    let shape = constant.shape().to_vec();
    let content = match (&constant.content, number_format(to)) {
        (Content::Numbers(weight), Some(_)) => Content::Numbers(weight.clone()),
        (Content::Integers(integers), Some(_)) => {
            budget.take(node, &shape, false)?;
            let values: Vec<f32> = integers.values.iter().map(|&value| value as f32).collect();
            numbers(node, shape, &values)?
        }
        (Content::Integers(integers), None) if to == data_type::BOOL => Content::Integers(Integers {
            shape,
            values: integers
                .values
                .iter()
                .map(|&value| i64::from(value != 0))
                .collect(),
        }),
        (Content::Integers(integers), None) => Content::Integers(integers.clone()),
        (Content::Numbers(weight), None) => {
            budget.take(node, &shape, true)?;
            Content::Integers(Integers {
                shape,
                values: weight.to_f32().into_iter().map(|value| value as i64).collect(),
            })
        }
    };
    Ok(Constant {
        origin: constant.origin.clone(),
        content,
    })
}

fn constant_of_shape(node: Node, shape: &[i64], budget: &mut Budget) -> Result<Content, OnnxError> {
    let sizes: Option<Vec<u64>> = shape.iter().map(|&size| u64::try_from(size).ok()).collect();
    let sizes = sizes.ok_or_else(|| node.invalid(format!("its shape is {shape:?}"), "sizes of 0 or more"))?;
    let integer = match node.tensor("value")? {
        None => None,
        Some(value) if number_format(value.data_type.unwrap_or(0)).is_some() => None,
        Some(value) => Some(value),
    };
    let fill = match node.tensor("value")? {
        None => 0.0,
        Some(value) => {
            super::constant::decode(value, node.output(), &super::external::ExternalFiles::default())?
                .scalar()
                .ok_or_else(|| node.invalid("attribute `value` is not one number", "one number"))?
        }
    };
    let elements = budget.take(node, &sizes, integer.is_some())?;
    if integer.is_some() {
        return Ok(Content::Integers(Integers {
            shape: sizes,
            values: std::iter::repeat_n(fill as i64, elements).collect(),
        }));
    }
    numbers(node, sizes, &vec![fill as f32; elements])
}

fn range(node: Node, operands: &[Option<&Constant>], budget: &mut Budget) -> Result<Content, OnnxError> {
    let [start, limit, step] =
        [0, 1, 2].map(|index| integers(node, operands, index).map(|list| list.first().copied()));
    let (Some(start), Some(limit), Some(step)) = (start?, limit?, step?) else {
        return Err(node.invalid("an operand is empty", "one whole number"));
    };
    let span = i128::from(limit) - i128::from(start);
    let count = match i128::from(step) {
        0 => return Err(node.invalid("its step is 0", "another step")),
        step => (span + step - step.signum()).div_euclid(step).max(0),
    };
    let count = if span.signum() * i128::from(step.signum()) <= 0 {
        0
    } else {
        count
    };
    let shape = [u64::try_from(count).unwrap_or(u64::MAX)];
    let elements = budget.take(node, &shape, true)?;
    let values = (0..elements as i64).map(|index| start.saturating_add(index.saturating_mul(step)));
    Ok(Content::Integers(Integers::list(values)))
}
