//! Operators that move data: each is a [`Rearrangement`].

use tilesim_graph::{OpKind, PadMode, Rearrangement, RearrangementError, ShapeError, SliceRange};

use super::{
    operator::{OnnxOperator, OnnxSupport},
    translator::{Padded, Translator, Value},
};
use crate::{
    OnnxError,
    constant::{Constant, Content},
    fold,
    network::Source,
    node::Node,
};

/// Rows of the table of operators.
pub(super) const OPERATORS: &[OnnxOperator] = &[
    OnnxOperator {
        name: "Concat",
        versions: &[1, 4, 11],
        support: OnnxSupport::Training,
        limits: "",
        translate: concat,
    },
    OnnxOperator {
        name: "DepthToSpace",
        versions: &[1, 11],
        support: OnnxSupport::Training,
        limits: "",
        translate: depth_to_space,
    },
    OnnxOperator {
        name: "Expand",
        versions: &[8],
        support: OnnxSupport::Training,
        limits: "shapes that are constants",
        translate: expand,
    },
    OnnxOperator {
        name: "Gather",
        versions: &[1, 11],
        support: OnnxSupport::Training,
        limits: "indices that are constants",
        translate: gather,
    },
    OnnxOperator {
        name: "Pad",
        versions: &[1, 2, 11, 18, 19],
        support: OnnxSupport::Training,
        limits: "widths that are constants",
        translate: pad,
    },
    OnnxOperator {
        name: "Slice",
        versions: &[1, 10],
        support: OnnxSupport::Training,
        limits: "bounds that are constants",
        translate: slice,
    },
    OnnxOperator {
        name: "SpaceToDepth",
        versions: &[1],
        support: OnnxSupport::Training,
        limits: "",
        translate: space_to_depth,
    },
    OnnxOperator {
        name: "Split",
        versions: &[1, 2, 11, 13, 18],
        support: OnnxSupport::Training,
        limits: "sizes that are constants",
        translate: split,
    },
    OnnxOperator {
        name: "Tile",
        versions: &[6],
        support: OnnxSupport::Training,
        limits: "repetitions that are constants",
        translate: tile,
    },
    OnnxOperator {
        name: "Transpose",
        versions: &[1],
        support: OnnxSupport::Training,
        limits: "",
        translate: transpose,
    },
];

/// The rearrangement of some operands that a node is; none where it would move nothing.
pub(super) fn rearranged<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    made: Result<Rearrangement, RearrangementError>,
    inputs: Vec<Source>,
) -> Result<Source, OnnxError> {
    let by = made.map_err(|error| node.shape(ShapeError::from(error)))?;
    match inputs.as_slice() {
        &[x] if by.is_identity() => Ok(x),
        _ => translator.step(node, OpKind::Rearrange(by), inputs, &[]),
    }
}

/// The rearrangement of its first operand that a node is, by the shape of that.
fn of_first<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    make: impl FnOnce(&[u64]) -> Result<Rearrangement, RearrangementError>,
) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let made = make(translator.network.shape(x));
    rearranged(translator, node, made, vec![x]).map(Value::Tensor)
}

fn transpose<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let permutation = fold::permutation(node, translator.network.shape(x).len())?;
    of_first(translator, node, |shape| {
        Rearrangement::transpose(shape, &permutation)
    })
}

/// The operands that are constants from the second on.
fn constants<'a, 't>(
    translator: &'t Translator<'a>,
    node: Node<'a>,
) -> Result<Vec<Option<&'t Constant>>, OnnxError> {
    let mut operands = vec![None];
    for index in 1..node.proto.input.len() {
        operands.push(translator.constant_operand(node, index)?);
    }
    Ok(operands)
}

fn slice<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let shape = translator.network.shape(x).to_vec();
    let slices = fold::slices(node, &constants(translator, node)?, shape.len())?;
    let mut ranges: Vec<SliceRange> = shape.iter().copied().map(SliceRange::whole).collect();
    for (axis, [start, end, step]) in slices {
        let (first, count) = fold::slice_positions(shape[axis], start, end, step);
        let first = u64::try_from(first).ok().filter(|_| count > 0);
        let start = first.ok_or_else(|| {
            node.unsupported(
                format!(
                    "no element of {} from {start} to {end} in steps of {step}",
                    shape[axis]
                ),
                "slices of some elements",
            )
        })?;
        // The step of one element makes no difference, and may be any number.
        let step = if count == 1 { 1 } else { step };
        ranges[axis] = SliceRange { start, count, step };
    }
    of_first(translator, node, |shape| Rearrangement::slice(shape, &ranges))
}

/// A slice for each output that somebody may read.
fn split<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let shape = translator.network.shape(x).to_vec();
    let axis = fold::axis_of(node, 0, shape.len())?;
    let sizes = fold::split_sizes(node, &constants(translator, node)?, shape[axis])?;
    let mut start = 0;
    let mut first = None;
    for (index, (count, name)) in sizes.into_iter().zip(&node.proto.output).enumerate() {
        let begin = start;
        start += count;
        if name.is_empty() {
            continue;
        }
        if count == 0 {
            return Err(node.unsupported(
                format!("output {index} has no elements"),
                "parts of some elements",
            ));
        }
        let mut ranges: Vec<SliceRange> = shape.iter().copied().map(SliceRange::whole).collect();
        ranges[axis] = SliceRange {
            start: begin,
            count,
            step: 1,
        };
        let part = rearranged(translator, node, Rearrangement::slice(&shape, &ranges), vec![x])?;
        translator.put_out(node, index, Value::Tensor(part));
        first = first.or(Some(part));
    }
    let first = first.ok_or_else(|| node.invalid("it has no output", "one at least"))?;
    Ok(match node.proto.output.first() {
        Some(name) if name.is_empty() => Value::Tensor(x),
        _ => Value::Tensor(first),
    })
}

/// An operand that is computed, or a constant of numbers.
fn operand<'a>(translator: &mut Translator<'a>, node: Node<'a>, index: usize) -> Result<Source, OnnxError> {
    let Value::Constant(constant) = translator.operand(node, index)? else {
        return translator.tensor(node, index);
    };
    match &constant.content {
        Content::Numbers(_) => {
            let constant = constant.clone();
            Ok(translator.add_constant(constant))
        }
        Content::Integers(_) => Err(node.unsupported(
            format!("operand {index} is of whole numbers"),
            "floating-point numbers",
        )),
    }
}

fn concat<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let mut inputs = Vec::new();
    for index in 0..node.proto.input.len() {
        inputs.push(operand(translator, node, index)?);
    }
    // What has no elements adds none.
    inputs.retain(|&input| !translator.network.shape(input).contains(&0));
    let rank = inputs.first().map_or(0, |&x| translator.network.shape(x).len());
    let axis = fold::axis_of(node, 0, rank)?;
    if let &[x] = inputs.as_slice() {
        return Ok(Value::Tensor(x));
    }
    let shapes: Vec<&[u64]> = inputs
        .iter()
        .map(|&input| translator.network.shape(input))
        .collect();
    let made = Rearrangement::concat(&shapes, axis);
    rearranged(translator, node, made, inputs).map(Value::Tensor)
}

fn expand<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = operand(translator, node, 0)?;
    let target = translator
        .list(node, 1)?
        .ok_or_else(|| node.invalid("it has no operand 1", "the shape"))?;
    let own = translator.network.shape(x).to_vec();
    let rank = own.len().max(target.len());
    let sizes = (0..rank).map(|dimension| {
        let own = (dimension + own.len())
            .checked_sub(rank)
            .map_or(1, |index| own[index]);
        let asked = (dimension + target.len())
            .checked_sub(rank)
            .map_or(Some(1), |index| u64::try_from(target[index]).ok())?;
        (own == asked || own == 1 || asked == 1).then_some(if own == 1 { asked } else { own })
    });
    let shape: Vec<u64> = sizes.collect::<Option<_>>().ok_or_else(|| {
        node.invalid(
            format!("{own:?} does not expand to {target:?}"),
            "equal sizes or 1",
        )
    })?;
    let made = Rearrangement::expand(&own, &shape);
    rearranged(translator, node, made, vec![x]).map(Value::Tensor)
}

fn tile<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let times = translator.list(node, 1)?.unwrap_or_default();
    let times: Option<Vec<u64>> = times.iter().map(|&times| u64::try_from(times).ok()).collect();
    let times = times.ok_or_else(|| node.invalid("it repeats less than once", "positive numbers"))?;
    of_first(translator, node, |shape| Rearrangement::tile(shape, &times))
}

/// Indices of one dimension, which becomes the dimensions of the indices.
fn gather<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let x = translator.tensor(node, 0)?;
    let shape = translator.network.shape(x).to_vec();
    let axis = fold::axis_of(node, 0, shape.len())?;
    let constant = translator.constant_operand(node, 1)?;
    let constant = constant.ok_or_else(|| node.invalid("it has no operand 1", "the indices"))?;
    let replacement = constant.shape().to_vec();
    let indices = fold::integers(node, &[Some(constant)], 0)?;
    if let Some(to) = view(&shape, axis, indices, &replacement) {
        return translator.reshaped(node, x, &to).map(Value::Tensor);
    }
    let indices = fold::counted(node, indices, shape[axis])?;
    let indices: Vec<u64> = indices.into_iter().map(|index| index as u64).collect();
    let taken = rearranged(
        translator,
        node,
        Rearrangement::take(&shape, axis, &indices),
        vec![x],
    )?;
    let to = [&shape[..axis], &replacement, &shape[axis + 1..]].concat();
    translator.reshaped(node, taken, &to).map(Value::Tensor)
}

/// The shape that a `Gather` of all elements in their order makes of its operand, as exporters write views.
fn view(shape: &[u64], axis: usize, indices: &[i64], replacement: &[u64]) -> Option<Vec<u64>> {
    let all = indices.len() as u64 == shape[axis] && indices.iter().copied().eq(0..indices.len() as i64);
    all.then(|| [&shape[..axis], replacement, &shape[axis + 1..]].concat())
}

/// Batch, channels, rows and columns of a node's operand, and its `blocksize`.
fn image<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<([u64; 4], u64), OnnxError> {
    let x = translator.tensor(node, 0)?;
    let shape = translator.network.shape(x);
    let image = <[u64; 4]>::try_from(shape).map_err(|_| {
        node.shape(ShapeError::Rank {
            operand: "input",
            expected: "[N, C, H, W]",
            got: shape.to_vec(),
        })
    })?;
    let block = node.integer("blocksize")?.unwrap_or(0);
    match u64::try_from(block)
        .ok()
        .filter(|block| (1..=1 << 20).contains(block))
    {
        Some(block) => Ok((image, block)),
        None => Err(node.invalid(
            format!("blocksize is {block}"),
            "a positive number, and not too large",
        )),
    }
}

fn depth_to_space<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let ([batch, channels, rows, columns], block) = image(translator, node)?;
    let left = channels / (block * block);
    if left * block * block != channels {
        return Err(node.invalid(
            format!("{channels} channels with blocksize {block}"),
            "channels for each position of a block",
        ));
    }
    let (split, order) = match node.text("mode")?.unwrap_or("DCR") {
        "DCR" => ([batch, block, block, left, rows, columns], [0, 3, 4, 1, 5, 2]),
        "CRD" => ([batch, left, block, block, rows, columns], [0, 1, 4, 2, 5, 3]),
        other => return Err(node.invalid(format!("mode is `{other}`"), "DCR or CRD")),
    };
    let to = [batch, left, rows * block, columns * block];
    of_first(translator, node, |shape| {
        split_turned_joined(shape, &split, &order, &to)
    })
}

fn space_to_depth<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let ([batch, channels, rows, columns], block) = image(translator, node)?;
    if !rows.is_multiple_of(block) || !columns.is_multiple_of(block) {
        return Err(node.invalid(
            format!("{rows} rows and {columns} columns with blocksize {block}"),
            "whole blocks",
        ));
    }
    let split = [batch, channels, rows / block, block, columns / block, block];
    let to = [
        batch,
        channels.saturating_mul(block * block),
        rows / block,
        columns / block,
    ];
    of_first(translator, node, |shape| {
        split_turned_joined(shape, &split, &[0, 3, 5, 1, 2, 4], &to)
    })
}

/// A reshape, a transposition and another reshape, which are one where every dimension is cut or joined whole.
fn split_turned_joined(
    from: &[u64],
    split: &[u64],
    order: &[usize],
    to: &[u64],
) -> Result<Rearrangement, RearrangementError> {
    let turned: Vec<u64> = order.iter().map(|&dimension| split[dimension]).collect();
    let all = [
        Rearrangement::reshape(from, split)?,
        vec![Rearrangement::transpose(split, order)?],
        Rearrangement::reshape(&turned, to)?,
    ];
    let mut steps = all.into_iter().flatten();
    let first = steps.next();
    let joined = first.and_then(|first| steps.try_fold(first, |both, next| both.then(&next)));
    joined.ok_or(RearrangementError::Malformed {
        what: "dimensions must be cut and joined whole",
    })
}

/// A border of one value around the field becomes part of the convolutions and pools that read it; any other is a movement.
fn pad<'a>(translator: &mut Translator<'a>, node: Node<'a>) -> Result<Value, OnnxError> {
    let mode = node.text("mode")?.unwrap_or("constant");
    let fill = match translator.number(node, 2)? {
        Some(fill) => fill,
        // An attribute up to opset 10.
        None => node.number("value")?.unwrap_or(0.0),
    };
    let mode = match mode {
        "constant" => PadMode::Constant(fill),
        "reflect" => PadMode::Reflect,
        "edge" => PadMode::Edge,
        "wrap" => PadMode::Wrap,
        _ => {
            return Err(node.invalid(format!("mode is `{mode}`"), "constant, reflect, edge or wrap"));
        }
    };
    let rank = if let Value::Padded(padded) = translator.operand(node, 0)? {
        padded.lower.len() + 2
    } else {
        let x = translator.tensor(node, 0)?;
        translator.network.shape(x).len()
    };
    let (lower, upper) = fold::padding(node, &constants(translator, node)?, rank)?;
    if lower.iter().chain(&upper).all(|&pad| pad == 0) {
        return translator.operand(node, 0).cloned();
    }
    let of_field = |widths: &[i64]| rank > 2 && widths[..2] == [0, 0];
    if let PadMode::Constant(fill) = mode
        && of_field(&lower)
        && of_field(&upper)
    {
        return border(translator, node, (&lower[2..], &upper[2..]), fill).map(Value::Padded);
    }
    of_first(translator, node, |shape| {
        Rearrangement::pad(shape, &lower, &upper, mode)
    })
}

/// A border around what may have one of the same value already.
fn border<'a>(
    translator: &mut Translator<'a>,
    node: Node<'a>,
    (lower, upper): (&[i64], &[i64]),
    fill: f64,
) -> Result<Padded, OnnxError> {
    let before = match translator.operand(node, 0)? {
        // One that cuts off what another has put there is not their sum.
        Value::Padded(before) if before.fill == fill && joins(before, lower, upper) => Some(before.clone()),
        _ => None,
    };
    let mut padded = Padded {
        source: match &before {
            Some(before) => before.source,
            None => translator.tensor(node, 0)?,
        },
        lower: lower.iter().copied().collect(),
        upper: upper.iter().copied().collect(),
        fill,
        node: node.name().to_owned(),
        name: node.output().to_owned(),
        opset: node.opset,
    };
    if let Some(before) = before {
        for (own, border) in [
            (&mut padded.lower, &before.lower),
            (&mut padded.upper, &before.upper),
        ] {
            for (pad, &more) in own.iter_mut().zip(border) {
                *pad = pad.saturating_add(more);
            }
        }
    }
    Ok(padded)
}

/// Whether two borders one after the other are one: both add, or both cut off, on every side.
fn joins(before: &Padded, lower: &[i64], upper: &[i64]) -> bool {
    let alike = |(&before, &more): (&i64, &i64)| (before >= 0) == (more >= 0) || before == 0 || more == 0;
    before.lower.iter().zip(lower).all(alike) && before.upper.iter().zip(upper).all(alike)
}
