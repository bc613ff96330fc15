//! Parts of constants at places that other constants name.

use super::{
    budget::Budget,
    folding::{Folding, row},
    operands::{computed, first_output, operand},
};
use crate::{
    OnnxError,
    constant::{Constant, Content, Integers},
    node::Node,
};

/// Rows of the table of what is computed beforehand.
pub(super) const FOLDINGS: &[Folding] = &[
    row("GatherND", &[11, 12], gather),
    row("ScatterND", &[11, 16, 18], scatter),
];

/// Blocks of a tensor that indices name.
struct Blocks {
    /// Where each begins.
    begins: Vec<usize>,
    /// Elements of one.
    length: usize,
    /// Sizes that lead to a block: those of the indices but the last.
    outer: Vec<u64>,
    /// Sizes of a block.
    inner: Vec<u64>,
}

/// The blocks that indices of the leading dimensions name, the last dimension of the indices one index.
fn blocks(node: Node, operands: &[Option<&Constant>]) -> Result<Blocks, OnnxError> {
    let shape = operand(node, operands, 0)?.shape();
    let Content::Integers(indices) = &operand(node, operands, 1)?.content else {
        return Err(node.invalid("its indices are no whole numbers", "whole numbers"));
    };
    let depth = indices.shape.last().map(|&depth| depth as usize);
    let depth = depth
        .filter(|depth| (1..=shape.len()).contains(depth))
        .ok_or_else(|| {
            node.invalid(
                format!("indices of shape {:?} in {shape:?}", indices.shape),
                "one to as many indices as dimensions in the last dimension",
            )
        })?;
    let inner = shape[depth..].to_vec();
    let length = inner.iter().product::<u64>() as usize;
    let place = |index: &[i64]| {
        let mut place = 0_usize;
        for (&index, &size) in index.iter().zip(shape) {
            let counted = if index < 0 {
                index.saturating_add(size as i64)
            } else {
                index
            };
            let counted = u64::try_from(counted).ok().filter(|&counted| counted < size);
            let counted =
                counted.ok_or_else(|| node.invalid(format!("index {index} of {size}"), "an index within"))?;
            place = place
                .saturating_mul(size as usize)
                .saturating_add(counted as usize);
        }
        Ok(place.saturating_mul(length))
    };
    Ok(Blocks {
        begins: indices
            .values
            .chunks(depth)
            .map(place)
            .collect::<Result<_, OnnxError>>()?,
        length,
        outer: indices.shape[..indices.shape.len() - 1].to_vec(),
        inner,
    })
}

fn gather(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    if node.integer("batch_dims")?.unwrap_or(0) != 0 {
        return Err(node.unsupported("batch_dims", "indices of all leading dimensions"));
    }
    let x = operand(node, operands, 0)?;
    let Blocks {
        begins,
        length,
        outer,
        inner,
    } = blocks(node, operands)?;
    let shape = [outer, inner].concat();
    budget.take(node, &shape, matches!(x.content, Content::Integers(_)))?;
    let places = move || -> Vec<usize> {
        let blocks = begins.iter().map(|&begin| begin..begin.saturating_add(length));
        blocks.flatten().collect()
    };
    let content = match &x.content {
        Content::Integers(integers) => {
            let values = places()
                .into_iter()
                .filter_map(|place| integers.values.get(place).copied());
            let values = values.collect();
            Content::Integers(Integers { shape, values })
        }
        Content::Numbers(_) => computed(node, shape, &[x], move |operands| {
            places()
                .into_iter()
                .filter_map(|place| operands[0].get(place).copied())
                .collect()
        })?,
    };
    Ok(first_output(node, content))
}

/// The first operand, with blocks of the third in the places that the second names.
fn scatter(
    node: Node,
    operands: &[Option<&Constant>],
    budget: &mut Budget,
) -> Result<Vec<Constant>, OnnxError> {
    let (x, updates) = (operand(node, operands, 0)?, operand(node, operands, 2)?);
    let reduction = match node.text("reduction")?.unwrap_or("none") {
        "none" => Reduction::None,
        "add" => Reduction::Add,
        "mul" => Reduction::Multiply,
        other => return Err(node.unsupported(format!("reduction `{other}`"), "`none`, `add` and `mul`")),
    };
    let Blocks {
        begins,
        length,
        outer,
        inner,
    } = blocks(node, operands)?;
    let expected = [outer, inner].concat();
    if updates.shape() != expected {
        return Err(node.invalid(
            format!("updates of shape {:?}", updates.shape()),
            format!("{expected:?}"),
        ));
    }
    let shape = x.shape().to_vec();
    let content = if let (Content::Integers(x), Content::Integers(updates)) = (&x.content, &updates.content) {
        budget.take(node, &shape, true)?;
        let join = match reduction {
            Reduction::None => |_, update| update,
            Reduction::Add => i64::wrapping_add,
            Reduction::Multiply => i64::wrapping_mul,
        };
        let values = written(&x.values, &updates.values, &begins, length, join).into();
        Content::Integers(Integers { shape, values })
    } else {
        budget.take(node, &shape, false)?;
        computed(node, shape, &[x, updates], move |operands| {
            let join: fn(f32, f32) -> f32 = match reduction {
                Reduction::None => |_, update| update,
                Reduction::Add => |value, update| value + update,
                Reduction::Multiply => |value, update| value * update,
            };
            written(&operands[0], &operands[1], &begins, length, join)
        })?
    };
    Ok(first_output(node, content))
}

/// What becomes of an element that is written over.
#[derive(Debug, Clone, Copy)]
enum Reduction {
    None,
    Add,
    Multiply,
}

/// The values, with a block of updates joined to those from each place on.
fn written<T: Copy>(
    values: &[T],
    updates: &[T],
    begins: &[usize],
    length: usize,
    join: impl Fn(T, T) -> T,
) -> Vec<T> {
    let mut values = values.to_vec();
    for (&begin, block) in begins.iter().zip(updates.chunks(length.max(1))) {
        for (offset, &update) in block.iter().enumerate() {
            if let Some(value) = values.get_mut(begin.saturating_add(offset)) {
                *value = join(*value, update);
            }
        }
    }
    values
}
