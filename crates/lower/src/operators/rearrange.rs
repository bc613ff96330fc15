//! Data that moves: transpositions, reshapes, slices, concatenations, paddings, repetitions.

mod anew;
mod in_place;

use std::collections::BTreeMap;

use tilesim_graph::{Op, Rearrangement, SourceIndex};
use tilesim_program::{
    Scalar, VariableId, Work,
    work::{RearrangementWork, VectorKernel, VectorWork},
};

use crate::{
    LowerError,
    context::Context,
    error::unsupported,
    layout::{self, Layout, Value},
};

/// Result and operands, seen over one grid.
struct Seen {
    /// Where the result comes to lie.
    result: Layout,
    /// What its tiles have of each operand.
    sources: Vec<Layout>,
}

/// Copied where it lies, if the operand's elements can stay on their tiles; else brought to where the result is to lie, and copied
/// there into its order.
pub(crate) fn lower(context: &mut Context, op: &Op, rearrangement: &Rearrangement) -> Result<(), LowerError> {
    let values = operands(context, op)?;
    let value = rearrange(context, op, &by_channel(rearrangement), &values)?;
    context.define(op.output, value);
    Ok(())
}

/// Other shapes of the same elements in row-major order.
pub(super) fn reshape(
    context: &mut Context,
    op: &Op,
    value: Value,
    shape: &[u64],
) -> Result<Value, LowerError> {
    let to = layout::by_channel(shape);
    let steps = Rearrangement::reshape(value.shape(), &to).map_err(|error| {
        unsupported(
            op,
            format!("a reshape to {shape:?}: {error}"),
            "reshapes to as many elements",
        )
    })?;
    steps
        .iter()
        .try_fold(value, |value, step| rearrange(context, op, step, &[value]))
}

/// The operands, where they lie; those that nobody has laid out yet lie evenly over all tiles.
pub(super) fn operands(context: &mut Context, op: &Op) -> Result<Vec<Value>, LowerError> {
    let mut values = Vec::new();
    for (index, &input) in op.inputs.iter().enumerate() {
        let shape = layout::by_channel(&context.graph.tensor(input).shape);
        let rest = layout::linear_positions(&shape, context.tiles());
        let mut value = if context.is_parameter(input) {
            context.resting(op, index, &rest)?
        } else {
            context.operand_or(op, index, || rest)?
        };
        if value.shape() != shape.as_slice() {
            value.layout = value.layout.reshaped(&shape).ok_or_else(|| {
                unsupported(
                    op,
                    format!("an operand that lies as {:?}", value.shape()),
                    "operands in shapes of their own",
                )
            })?;
        }
        values.push(value);
    }
    Ok(values)
}

/// One dimension alone is that of channels, behind one sample.
fn by_channel(rearrangement: &Rearrangement) -> Rearrangement {
    let mut rearrangement = rearrangement.clone();
    if rearrangement.result.len() == 1 {
        rearrangement.result.insert(0, Vec::new());
    }
    for source in rearrangement
        .sources
        .iter_mut()
        .filter(|source| source.len() == 1)
    {
        source.insert(0, SourceIndex::Digits(Vec::new()));
    }
    rearrangement
}

fn rearrange(
    context: &mut Context,
    op: &Op,
    rearrangement: &Rearrangement,
    values: &[Value],
) -> Result<Value, LowerError> {
    let Some(first) = values.first() else {
        return Err(unsupported(
            op,
            "a rearrangement of nothing",
            "operands to be rearranged",
        ));
    };
    let element_type = first.element_type;
    if values.iter().any(|value| value.element_type != element_type) {
        return Err(unsupported(
            op,
            "operands of several types",
            "operands of one type",
        ));
    }
    let in_place = match values {
        [value] => in_place::seen(rearrangement, &value.layout),
        _ => None,
    };
    let (seen, arrived) = if let Some(seen) = in_place {
        (seen, vec![first.variable])
    } else {
        let seen = anew::seen(rearrangement, values, element_type.bytes(), context.machine);
        let arrived = gather(context, op, values, &seen);
        (seen, arrived)
    };
    let variable = context.emitter.temporary(
        format!("{}/moved", op.name),
        &seen.result.placement,
        element_type.bytes(),
    );
    if rearrangement.has_fill() {
        context.emitter.compute(
            format!("{} fill", op.name),
            Work::Vector(VectorWork {
                over: seen.result.placement.clone(),
                kernel: VectorKernel::Fill {
                    element_type,
                    value: Scalar::new(rearrangement.fill),
                },
            }),
            Vec::new(),
            vec![variable],
        );
    }
    copy(
        context,
        &op.name,
        &seen,
        &arrived,
        (variable, element_type.bytes()),
    );
    Ok(Value {
        variable,
        layout: seen.result,
        element_type,
    })
}

/// Brings every operand to where the result is to lie.
fn gather(context: &mut Context, op: &Op, values: &[Value], seen: &Seen) -> Vec<VariableId> {
    let mut gathering = context.gather(format!("{} gather", op.name));
    let arrived = values
        .iter()
        .zip(&seen.sources)
        .enumerate()
        .map(|(index, (value, need))| gathering.bring(&format!("{}/{index}", op.name), value, need))
        .collect();
    gathering.finish();
    arrived
}

/// Copies what has arrived to its place in the result: operands whose runs are equally long at once, the longest first.
fn copy(
    context: &mut Context,
    name: &str,
    seen: &Seen,
    arrived: &[VariableId],
    (result, element_bytes): (VariableId, u64),
) {
    let mut by_run: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (index, source) in seen.sources.iter().enumerate() {
        by_run
            .entry(layout::common_run(source, &seen.result))
            .or_default()
            .push(index);
    }
    for (run, indices) in by_run.into_iter().rev() {
        let sources = indices.iter().map(|&index| seen.sources[index].placement.clone());
        context.emitter.compute(
            format!("{name} copy runs of {run}"),
            Work::Rearrangement(RearrangementWork {
                result: seen.result.placement.clone(),
                sources: sources.collect(),
                element_bytes,
                piece_bytes: run * element_bytes,
            }),
            indices.iter().map(|&index| arrived[index]).collect(),
            vec![result],
        );
    }
}
