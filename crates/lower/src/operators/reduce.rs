//! Reductions over tiles: every tile reduces what it holds, then the partial results meet where the results will lie.

use tilesim_machine::ElementType;
use tilesim_program::{
    Movement, PartialsTransfer, Work,
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

/// Where results come to lie, and in which types they are accumulated and put out.
pub(super) struct Results<'a> {
    /// Where they lie.
    pub(super) to: &'a Layout,
    /// Type of partial results.
    pub(super) accumulator: ElementType,
    /// Type of the results.
    pub(super) out_type: ElementType,
}

/// Reduces `value` to each of `ops` of `shape` (`[N, C, 1, …]`, or `[N, 1, …]` over the channels too), laid out as `to`; in the
/// type of the data, or in floats where `precise`.
pub(super) fn reduce(
    lowering: &mut Lowering,
    name: &str,
    value: &Value,
    shape: &[u64],
    to: &Layout,
    ops: &[ReduceOp],
    out_type: ElementType,
) -> Vec<Value> {
    let partials_type = lowering.data();
    let over_channels = shape.get(1).is_none_or(|&channels| channels == 1)
        && value.shape().get(1).is_some_and(|&channels| channels > 1);
    let results = Results {
        to,
        accumulator: ACCUMULATOR,
        out_type,
    };
    reduce_by(lowering, name, value, shape, ops, &results, |op, _| {
        Work::Vector(VectorWork {
            over: value.placement().clone(),
            kernel: if over_channels {
                VectorKernel::ReduceSample {
                    op,
                    partials_type,
                    out_type: ACCUMULATOR,
                }
            } else {
                VectorKernel::ReducePositions {
                    op,
                    partials_type,
                    out_type: ACCUMULATOR,
                }
            },
        })
    })
}

/// Reduces `value` to each of `ops` of `shape`; `on_tile` says how a tile reduces what it holds to its part of a placement.
pub(super) fn reduce_by(
    lowering: &mut Lowering,
    name: &str,
    value: &Value,
    shape: &[u64],
    ops: &[ReduceOp],
    results: &Results<'_>,
    on_tile: impl Fn(ReduceOp, &Placement) -> Work,
) -> Vec<Value> {
    let Results {
        to,
        accumulator,
        out_type,
    } = *results;
    let partials = layout::along(&value.layout, shape, Spare::Replicated).placement;
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
            let variable =
                lowering
                    .emitter
                    .temporary(format!("{name}/{what}"), &to.placement, out_type.bytes());
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
                    output_type: out_type,
                }),
                vec![received],
                vec![variable],
            );
            Value {
                variable,
                layout: to.clone(),
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
