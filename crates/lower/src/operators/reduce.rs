//! Reductions over tiles: every tile reduces what it holds, then the partial results meet where the results will lie.

use smallvec::SmallVec;
use tilesim_codelets::exchange;
use tilesim_geometry::{PartialResultsTransfer, Placement, Spare};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::{
    Movement, Scalar, Work,
    vertex::vector::{BinaryOp, ReduceForm, ReduceOp},
    work::{LocalReductionWork, PartialsWork},
};

use super::elementwise::Chain;
use crate::{
    context::Context,
    layout::{self, Layout, Value},
};

/// Statistics are accumulated in floats, whatever the data (PopLibs popops reductions, `Norms.cpp`).
const ACCUMULATOR: ElementType = ElementType::F32;

/// What a reduction leaves.
pub(super) struct Results<'a> {
    /// Shape: `[N, C, 1, …]`, with 1 for samples and channels that are reduced too, before channels are joined to groups.
    pub(super) shape: &'a [u64],
    /// Where they will lie.
    pub(super) layout: &'a Layout,
    /// Their type.
    pub(super) element_type: ElementType,
    /// What they are multiplied with as they are written.
    pub(super) scale: f64,
    /// Channels that share a result.
    pub(super) group: u64,
}

/// Reduces `value` by each of `ops` to results of shape `[N, C, 1, …]`, with 1 for samples and channels that are reduced too; in
/// floats.
///
/// Where the partial results of many tiles would meet on few, every row of positions is reduced for itself first, all at once, and
/// then the rows (PopLibs lib/popops/reduction/ReductionPlan.cpp has intermediate stages likewise).
pub(super) fn reduce(
    context: &mut Context,
    name: &str,
    value: &Value,
    ops: &[ReduceOp],
    results: &Results<'_>,
) -> Vec<Value> {
    let Some(rows) = staged(context, value, results) else {
        return reduce_at_once(context, name, value, ops, results);
    };
    let slot = context.next_results(rows.placement.grid.tiles());
    let rows = layout::moved(rows, slot);
    let of_rows = Results {
        shape: &rows_of(value, results),
        layout: &rows,
        element_type: ACCUMULATOR,
        scale: 1.0,
        group: results.group,
    };
    let of_rows = reduce_at_once(context, &format!("{name}/rows"), value, ops, &of_rows);
    let of_all = Results {
        shape: &results.layout.placement.operand.shape.clone(),
        group: 1,
        ..*results
    };
    ops.iter()
        .zip(of_rows)
        .flat_map(|(&op, row)| reduce_at_once(context, name, &row, &[combining(op)], &of_all))
        .collect()
}

/// The first dimension of positions, whose indices are rows.
const ROWS: usize = 2;

/// Results for every row. Samples are told apart until the rows are joined.
fn rows_of(value: &Value, results: &Results<'_>) -> SmallVec<[u64; 5]> {
    let mut shape: SmallVec<[u64; 5]> = SmallVec::from_slice(results.shape);
    for dimension in [0, ROWS] {
        if let (Some(size), Some(own)) = (shape.get_mut(dimension), value.shape().get(dimension)) {
            *size = *own;
        }
    }
    shape
}

/// Where rows of positions are to be reduced first; `None` where that takes longer than reducing all at once.
fn staged(context: &mut Context, value: &Value, results: &Results<'_>) -> Option<Layout> {
    let row = value.shape().get(ROWS).copied()?;
    if row == 1 || value.shape().iter().skip(ROWS + 1).product::<u64>() == 1 {
        return None;
    }
    let of_rows = rows_of(value, results);
    let mut joined = of_rows.clone();
    *joined.get_mut(1)? = joined[1].div_ceil(results.group);
    let stage = stage_cycles(context.machine);
    let word = (u64::from(context.machine.exchange_bytes_per_cycle) / ACCUMULATOR.bytes()).max(1);
    let rows = layout::spread(&joined, word, context.tiles());
    let mut exchange = |partials: Placement, to: &Layout| {
        let transfer = PartialResultsTransfer {
            partials,
            to: to.placement.clone(),
            element_bytes: ACCUMULATOR.bytes(),
        };
        let machine = context.machine;
        let known = context.partials_cycles.entry(transfer);
        *known.or_insert_with_key(|transfer| cycles(machine, transfer))
    };
    let at_once = exchange(
        partials(&value.layout, results.shape, results.group),
        results.layout,
    );
    if at_once <= stage {
        return None;
    }
    let first = exchange(partials(&value.layout, &of_rows, results.group), &rows);
    if first + stage >= at_once {
        return None;
    }
    let all = &results.layout.placement.operand.shape;
    let second = exchange(partials(&rows, all, 1), results.layout);
    (first + second + stage < at_once).then_some(rows)
}

/// What every tile has partial results of.
fn partials(held: &Layout, shape: &[u64], group: u64) -> Placement {
    let of_channels = layout::along(held, shape, Spare::Replicated).placement;
    // Whoever asks for groups has seen that they can be told.
    layout::by_group(&of_channels, group).unwrap_or(of_channels)
}

/// Whether a tile can tell the groups of its channels.
pub(super) fn joins_groups(value: &Value, shape: &[u64], group: u64) -> bool {
    let of_channels = layout::along(&value.layout, shape, Spare::Replicated).placement;
    layout::by_group(&of_channels, group).is_some()
}

/// What one more stage takes beyond its bytes: it is a sum on the tile, an exchange, and a sum over tiles.
fn stage_cycles(machine: &Machine) -> u64 {
    let exchange = [
        machine.sync_cycles,
        machine.exchange_launch_cycles,
        machine.exchange_latency_cycles,
    ];
    let launches = 2 * u64::from(machine.vector_launch_cycles);
    exchange.into_iter().map(u64::from).sum::<u64>() + launches
}

/// How long the busiest tile receives or sends.
fn cycles(machine: &Machine, transfer: &PartialResultsTransfer) -> u64 {
    let tiles = transfer.by_tile();
    let cycles = tiles.iter().map(|tile| exchange::cycles(machine, tile));
    cycles.max().unwrap_or(0)
}

fn reduce_at_once(
    context: &mut Context,
    name: &str,
    value: &Value,
    ops: &[ReduceOp],
    results: &Results<'_>,
) -> Vec<Value> {
    let on_tile =
        |op, partials: &Placement| on_tile(value, op, results.shape, partials, (results.group, ACCUMULATOR));
    reduce_by(context, name, value, ops, results, ACCUMULATOR, on_tile)
}

/// Reduces what every tile holds of `value` to its part of a placement of the given shape, over runs of so many channels, in the
/// type given.
fn on_tile(
    value: &Value,
    op: ReduceOp,
    shape: &[u64],
    results: &Placement,
    (group, output_type): (u64, ElementType),
) -> Work {
    Work::LocalReduction(LocalReductionWork {
        over: value.placement().clone(),
        results: results.clone(),
        channels: group,
        op,
        form: form(value, shape, group),
        partials_type: value.element_type,
        output_type,
    })
}

/// How the elements of a value lie for a reduction to `shape`: channels innermost, in blocks.
fn form(value: &Value, shape: &[u64], group: u64) -> ReduceForm {
    let channels = value.shape().get(1).copied().unwrap_or(1);
    let over_channels = channels > 1 && (group > 1 || shape.get(1).is_none_or(|&channels| channels == 1));
    let block = value.placement().channel_block.clamp(1, channels);
    // Dimensions that stay behind the last that is reduced.
    let positions = value.shape().iter().zip(shape).skip(ROWS).rev();
    let kept: u64 = positions
        .take_while(|(from, to)| from == to)
        .map(|(from, _)| from)
        .product();
    if block > 1 {
        if over_channels {
            ReduceForm::Contiguous
        } else {
            ReduceForm::Strided { stride: block }
        }
    } else if kept > 1 {
        ReduceForm::Strided { stride: kept }
    } else {
        ReduceForm::Contiguous
    }
}

/// Reduces `value` by `op` to results of any `shape`, in the given type and times `scale`, which come to lie with the elements that
/// they are of.
///
/// Where tiles hold all elements of their results, each reduces its own, and nothing moves.
pub(super) fn reduce_beside(
    context: &mut Context,
    name: &str,
    value: &Value,
    op: ReduceOp,
    shape: &[u64],
    (element_type, scale): (ElementType, f64),
) -> Option<Value> {
    let mut whole = layout::beside(&value.layout, shape, Spare::Replicated);
    let held: u64 = whole.placement.elements_by_tile().into_iter().sum();
    if held > shape.iter().product() {
        let results = Results {
            shape,
            layout: &layout::beside(&value.layout, shape, Spare::Shared),
            element_type,
            scale,
            group: 1,
        };
        return reduce_at_once(context, name, value, &[op], &results).pop();
    }
    whole.placement.spare = Spare::Shared;
    let is_scaled = Scalar::new(scale) != Scalar::ONE;
    // What is scaled down may be too large for halves before.
    let output_type = if is_scaled { ACCUMULATOR } else { element_type };
    let what = describe(op);
    let variable = context
        .emitter
        .temporary(format!("{name}/{what}"), &whole.placement, output_type.bytes());
    context.emitter.compute(
        format!("{name} {what} on tile"),
        on_tile(value, op, shape, &whole.placement, (1, output_type)),
        vec![value.variable],
        vec![variable],
    );
    let result = Value {
        variable,
        layout: whole,
        element_type: output_type,
    };
    if !is_scaled {
        return Some(result);
    }
    let mut chain = Chain::own(context, name.to_owned(), result);
    chain.scalar("scale", BinaryOp::Multiply, scale);
    chain.cast(element_type);
    Some(chain.finish())
}

/// Reduces `value` by each of `ops`, accumulating in a type of its own; `on_tile` says how a tile reduces what it holds to its part
/// of a placement.
pub(super) fn reduce_by(
    context: &mut Context,
    name: &str,
    value: &Value,
    ops: &[ReduceOp],
    results: &Results<'_>,
    accumulator: ElementType,
    on_tile: impl Fn(ReduceOp, &Placement) -> Work,
) -> Vec<Value> {
    let to = results.layout;
    let partials = partials(&value.layout, results.shape, results.group);
    let transfer = PartialResultsTransfer {
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
            context
                .emitter
                .temporary(format!("{name}/partial {what}"), &partials, accumulator.bytes());
        context.emitter.compute(
            format!("{name} {what} on tile"),
            on_tile(op, &partials),
            vec![value.variable],
            vec![partial],
        );
        movements.push(Movement::PartialResults(transfer.clone()));
        own.push(partial);
        received.push(context.emitter.temporary(
            format!("{name}/received {what}"),
            &transfer.to,
            accumulator.bytes(),
        ));
    }
    context.emitter.exchange(
        format!("{name} exchange partial results"),
        movements,
        own,
        received.clone(),
    );
    ops.iter()
        .zip(received)
        .map(|(&op, received)| {
            let what = describe(op);
            let variable = context.emitter.temporary(
                format!("{name}/{what}"),
                &to.placement,
                results.element_type.bytes(),
            );
            context.emitter.compute(
                format!("{name} {what} over tiles"),
                Work::Partials(PartialsWork {
                    transfer: transfer.clone(),
                    op: combining(op),
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

/// How partial results are joined: a sum of squares has been squared on the tile.
const fn combining(op: ReduceOp) -> ReduceOp {
    match op {
        ReduceOp::Add | ReduceOp::SquareAdd => ReduceOp::Add,
        ReduceOp::Maximum => ReduceOp::Maximum,
    }
}

const fn describe(op: ReduceOp) -> &'static str {
    match op {
        ReduceOp::Add => "sum",
        ReduceOp::SquareAdd => "sum of squares",
        ReduceOp::Maximum => "maximum",
    }
}
