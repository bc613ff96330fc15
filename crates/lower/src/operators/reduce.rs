//! Reductions over tiles: every tile reduces what it holds, then the partial results meet where the results will lie.

use tilesim_machine::ElementType;
use tilesim_program::{
    Movement, PartialsTransfer, Scalar, Work,
    geometry::{Placement, Spare},
    vertex::vector::ReduceOp,
    work::{PartialsWork, VectorKernel, VectorWork},
};

use crate::{
    layout::{self, Layout, Value},
    lowering::Lowering,
};

/// Statistics are accumulated in floats, whatever the data (PopLibs popops reductions, `Norms.cpp`).
const ACCUMULATOR: ElementType = ElementType::F32;

/// What a reduction leaves.
pub(super) struct Results<'a> {
    /// Shape: `[N, C, 1, …]`, with 1 for samples and channels that are reduced too.
    pub(super) shape: &'a [u64],
    /// Where they will lie.
    pub(super) layout: &'a Layout,
    /// Their type.
    pub(super) element_type: ElementType,
    /// What they are multiplied with as they are written.
    pub(super) scale: f64,
}

/// Reduces `value` by each of `ops` to results of shape `[N, C, 1, …]`, or `[N, 1, …]` over the channels too; in floats.
pub(super) fn reduce(
    lowering: &mut Lowering,
    name: &str,
    value: &Value,
    ops: &[ReduceOp],
    results: &Results<'_>,
) -> Vec<Value> {
    let partials_type = value.element_type;
    let per_sample = value.shape().first() == results.shape.first();
    let over_channels = results.shape.get(1).is_none_or(|&channels| channels == 1)
        && value.shape().get(1).is_some_and(|&channels| channels > 1);
    let on_tile = |op, _: &Placement| {
        Work::Vector(VectorWork {
            over: value.placement().clone(),
            kernel: if over_channels {
                VectorKernel::ReduceSample {
                    op,
                    per_sample,
                    partials_type,
                    out_type: ACCUMULATOR,
                }
            } else {
                VectorKernel::ReducePositions {
                    op,
                    per_sample,
                    partials_type,
                    out_type: ACCUMULATOR,
                }
            },
        })
    };
    reduce_by(lowering, name, value, ops, results, ACCUMULATOR, on_tile)
}

/// Reduces `value` by each of `ops`, accumulating in a type of its own; `on_tile` says how a tile reduces what it holds to its part
/// of a placement.
pub(super) fn reduce_by(
    lowering: &mut Lowering,
    name: &str,
    value: &Value,
    ops: &[ReduceOp],
    results: &Results<'_>,
    accumulator: ElementType,
    on_tile: impl Fn(ReduceOp, &Placement) -> Work,
) -> Vec<Value> {
    let to = results.layout;
    let partials = layout::along(&value.layout, results.shape, Spare::Replicated).placement;
    let transfer = PartialsTransfer {
        partials: partials.clone(),
        to: to.placement.clone(),
        element_bytes: accumulator.bytes(),
    };
    let mut movements = Vec::new();
    let mut own = Vec::new();
    let mut received = Vec::new();
    for &op in ops {
        let what = describe(op);
        let partial =
            lowering
                .emitter
                .temporary(format!("{name}/partial {what}"), &partials, accumulator.bytes());
        lowering.emitter.compute(
            format!("{name} {what} on tile"),
            on_tile(op, &partials),
            vec![value.variable],
            vec![partial],
        );
        movements.push(Movement::Partials(transfer.clone()));
        own.push(partial);
        received.push(lowering.emitter.temporary(
            format!("{name}/received {what}"),
            &transfer.to,
            accumulator.bytes(),
        ));
    }
    lowering.emitter.exchange(
        format!("{name} exchange partial results"),
        movements,
        own,
        received.clone(),
    );
    ops.iter()
        .zip(received)
        .map(|(&op, received)| {
            let what = describe(op);
            let variable = lowering.emitter.temporary(
                format!("{name}/{what}"),
                &to.placement,
                results.element_type.bytes(),
            );
            // A sum of squares has been squared on the tile.
            let op = if op == ReduceOp::SquareAdd {
                ReduceOp::Add
            } else {
                op
            };
            lowering.emitter.compute(
                format!("{name} {what} over tiles"),
                Work::Partials(PartialsWork {
                    transfer: transfer.clone(),
                    op,
                    partials_type: accumulator,
                    output_type: results.element_type,
                    scale: Scalar::new(results.scale),
                }),
                vec![received],
                vec![variable],
            );
            Value {
                variable,
                layout: to.clone(),
                element_type: results.element_type,
            }
        })
        .collect()
}

const fn describe(op: ReduceOp) -> &'static str {
    match op {
        ReduceOp::Add => "sum",
        ReduceOp::SquareAdd => "sum of squares",
        ReduceOp::Maximum => "maximum",
    }
}
