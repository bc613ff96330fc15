//! Operators that give the elements of constants another shape, and the shapes that they make of any tensor.

use super::{
    budget::Budget,
    folding::{Folding, row},
    operands::{axes, dimensions, integers, operand},
};
use crate::{
    OnnxError,
    constant::{Constant, Integers, element_count},
    limits::MAX_DIMENSIONS,
    node::Node,
};

/// Rows of the table of what is computed beforehand.
pub(super) const FOLDINGS: &[Folding] = &[
    row("Dropout", &[1, 7, 10, 12], identity),
    row("Flatten", &[1, 9, 11], flatten),
    row("Identity", &[1], identity),
    row("Reshape", &[1, 5, 14], reshape),
    row("Size", &[1], size),
    row("Squeeze", &[1, 11, 13], squeeze),
    row("Unsqueeze", &[1, 11, 13], unsqueeze),
];

/// Under its own name: exporters share equal parameters through identities.
fn identity(node: Node, operands: &[Option<&Constant>], _: &mut Budget) -> Result<Vec<Constant>, OnnxError> {
    Ok(vec![Constant {
        origin: node.output().to_owned(),
        content: operand(node, operands, 0)?.content.clone(),
        defined: false,
    }])
}

fn size(node: Node, operands: &[Option<&Constant>], _: &mut Budget) -> Result<Vec<Constant>, OnnxError> {
    let elements = operand(node, operands, 0)?.elements();
    let integers = Integers {
        shape: Vec::new(),
        values: [elements as i64].into(),
    };
    Ok(vec![Constant::integers(node.output(), integers)])
}

fn reshape(node: Node, operands: &[Option<&Constant>], _: &mut Budget) -> Result<Vec<Constant>, OnnxError> {
    let constant = operand(node, operands, 0)?;
    // Up to opset 4 the shape is an attribute.
    let target = match operands.get(1) {
        Some(_) => integers(node, operands, 1)?,
        None => node.integers("shape"),
    };
    reshaped(node, constant, &reshape_target(node, constant.shape(), target)?)
}

fn flatten(node: Node, operands: &[Option<&Constant>], _: &mut Budget) -> Result<Vec<Constant>, OnnxError> {
    let constant = operand(node, operands, 0)?;
    reshaped(node, constant, &flatten_target(node, constant.shape())?)
}

fn squeeze(node: Node, operands: &[Option<&Constant>], _: &mut Budget) -> Result<Vec<Constant>, OnnxError> {
    let constant = operand(node, operands, 0)?;
    let shape = squeeze_target(node, constant.shape(), axes(node, operands, 1)?)?;
    reshaped(node, constant, &shape)
}

fn unsqueeze(node: Node, operands: &[Option<&Constant>], _: &mut Budget) -> Result<Vec<Constant>, OnnxError> {
    let constant = operand(node, operands, 0)?;
    let shape = unsqueeze_target(node, constant.shape(), axes(node, operands, 1)?)?;
    reshaped(node, constant, &shape)
}

fn reshaped(node: Node, constant: &Constant, shape: &[u64]) -> Result<Vec<Constant>, OnnxError> {
    let reshaped = constant.reshaped(shape).ok_or_else(|| {
        node.invalid(
            format!("{:?} cannot be reshaped to {shape:?}", constant.shape()),
            "as many elements",
        )
    })?;
    Ok(vec![reshaped])
}

/// Shape of a `Reshape`: 0 keeps a size (unless `allowzero`), −1 takes what is left.
pub(crate) fn reshape_target(node: Node, from: &[u64], target: &[i64]) -> Result<Vec<u64>, OnnxError> {
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
pub(crate) fn flatten_target(node: Node, from: &[u64]) -> Result<Vec<u64>, OnnxError> {
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
pub(crate) fn squeeze_target(node: Node, from: &[u64], axes: Option<&[i64]>) -> Result<Vec<u64>, OnnxError> {
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
pub(crate) fn unsqueeze_target(
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
