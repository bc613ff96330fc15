//! Reductions over tiles: every tile reduces what it holds, then the partial results meet where the results will lie.

mod stage;

use std::slice;

use tilesim_geometry::{PartialResultsTransfer, Placement, Spare};
use tilesim_machine::ElementType;
use tilesim_program::{
    Movement, Scalar, VariableId, Work,
    vertex::vector::{BinaryOp, ReduceForm, ReduceOp},
    work::{Channels, LocalReductionWork, PartialsWork},
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
    pub(super) channels: Channels,
}

/// Reduces `value` by `op` to results of shape `[N, C, 1, …]`, with 1 for samples and channels that are reduced too; in floats.
pub(super) fn reduce(
    context: &mut Context,
    name: &str,
    value: &Value,
    op: ReduceOp,
    results: &Results<'_>,
) -> Option<Value> {
    reduce_jointly(context, name, slice::from_ref(value), op, results).pop()
}

/// Reduces several values, which lie alike, at once.
pub(super) fn reduce_jointly(
    context: &mut Context,
    name: &str,
    values: &[Value],
    op: ReduceOp,
    results: &Results<'_>,
) -> Vec<Value> {
    let Some(value) = values.first() else {
        return Vec::new();
    };
    let tensors = values.len() as u64;
    let on_tile = |partials: &Placement| {
        on_tile(
            value,
            tensors,
            op,
            results.shape,
            partials,
            (results.channels, ACCUMULATOR),
        )
    };
    reduce_by(context, name, values, op, results, ACCUMULATOR, on_tile)
}

/// The first dimension of positions.
const POSITIONS: usize = 2;

/// What every tile has partial results of.
fn partials(held: &Layout, shape: &[u64], channels: Channels) -> Placement {
    let of_channels = layout::along(held, shape, Spare::Replicated).placement;
    match channels {
        Channels::Runs(1) => of_channels,
        // Whoever asks for groups has seen that they can be told.
        Channels::Runs(size) => layout::by_group(&of_channels, size).unwrap_or(of_channels),
        Channels::Modulo(groups) => layout::by_remainder(&of_channels, groups),
    }
}

/// Whether a tile can tell the groups of its channels.
pub(super) fn joins_groups(value: &Value, shape: &[u64], group: u64) -> bool {
    let of_channels = layout::along(&value.layout, shape, Spare::Replicated).placement;
    layout::by_group(&of_channels, group).is_some()
}

/// Reduces what every tile holds of `value` to its part of a placement of the given shape, over runs of so many channels, in the
/// type given.
fn on_tile(
    value: &Value,
    tensors: u64,
    op: ReduceOp,
    shape: &[u64],
    results: &Placement,
    (channels, output_type): (Channels, ElementType),
) -> Work {
    Work::LocalReduction(LocalReductionWork {
        over: value.placement().clone(),
        results: results.clone(),
        channels,
        tensors,
        op,
        form: form(value, shape, channels),
        partials_type: value.element_type,
        output_type,
    })
}

/// How the elements of a value lie for a reduction to `shape`: channels innermost, in blocks.
fn form(value: &Value, shape: &[u64], joined: Channels) -> ReduceForm {
    let channels = value.shape().get(1).copied().unwrap_or(1);
    let joins = joined.join() || shape.get(1).is_none_or(|&channels| channels == 1);
    let over_channels = channels > 1 && joins;
    let block = value.placement().channel_block.clamp(1, channels);
    if let Channels::Modulo(groups) = joined
        && block > 1
    {
        // The groups of a block that holds all of them follow each other again and again.
        return match (block % groups, groups % block) {
            (0, _) => ReduceForm::Strided { stride: groups },
            (_, 0) => ReduceForm::Strided { stride: block },
            _ => ReduceForm::General,
        };
    }
    // Dimensions that stay behind the last that is reduced.
    let positions = value.shape().iter().zip(shape).skip(POSITIONS).rev();
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
    let held = context.placements.all_elements(&whole.placement);
    if held > shape.iter().product() {
        let results = Results {
            shape,
            layout: &layout::beside(&value.layout, shape, Spare::Shared),
            element_type,
            scale,
            channels: Channels::Runs(1),
        };
        return reduce(context, name, value, op, &results);
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
        on_tile(
            value,
            1,
            op,
            shape,
            &whole.placement,
            (Channels::Runs(1), output_type),
        ),
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

/// Reduces values that lie alike, accumulating in a type of its own; `on_tile` says how a tile reduces what it holds to its part of a
/// placement.
///
/// Where there are many partial results, or few tiles have some, they are spread over the chip first, and joined there to fewer.
pub(super) fn reduce_by(
    context: &mut Context,
    name: &str,
    values: &[Value],
    op: ReduceOp,
    results: &Results<'_>,
    accumulator: ElementType,
    on_tile: impl Fn(&Placement) -> Work,
) -> Vec<Value> {
    let Some(value) = values.first() else {
        return Vec::new();
    };
    let tensors = values.len() as u64;
    let what = describe(op);
    let mut partials = partials(&value.layout, results.shape, results.channels);
    let mut held = temporaries(
        context,
        tensors,
        &format!("{name}/partial {what}"),
        &partials,
        accumulator,
    );
    context.emitter.compute(
        format!("{name} {what} on tile"),
        on_tile(&partials),
        values.iter().map(|value| value.variable).collect(),
        held.clone(),
    );
    let grain = accumulated_data_paths(op) * context.machine.vector_width(accumulator);
    while let Some(stage) = stage::next(context, &partials, tensors, grain) {
        let join = Join {
            op,
            partials: &partials,
            to: &stage,
            in_runs: true,
            types: [accumulator; 2],
            scale: 1.0,
        };
        held = join.emit(context, name, held);
        partials = stage::partials_of(&stage);
    }
    let join = Join {
        op,
        partials: &partials,
        to: results.layout,
        in_runs: false,
        types: [accumulator, results.element_type],
        scale: results.scale,
    };
    let joined = join.emit(context, name, held);
    let value = |variable| Value {
        variable,
        layout: results.layout.clone(),
        element_type: results.element_type,
    };
    joined.into_iter().map(value).collect()
}

/// Variables of as many tensors.
fn temporaries(
    context: &mut Context,
    tensors: u64,
    name: &str,
    placement: &Placement,
    element_type: ElementType,
) -> Vec<VariableId> {
    let name = |index: u64| match index {
        0 => name.to_owned(),
        later => format!("{name} {}", later + 1),
    };
    let bytes = element_type.bytes();
    let variables = (0..tensors).map(|index| context.emitter.temporary(name(index), placement, bytes));
    variables.collect()
}

/// One stage over tiles: partial results meet, and are joined.
struct Join<'a> {
    op: ReduceOp,
    /// Who has partial results of what.
    partials: &'a Placement,
    /// Where they meet.
    to: &'a Layout,
    /// Whether they meet in runs of tiles, so that partial results come of it again.
    in_runs: bool,
    /// Of the partial results, and of what comes of them.
    types: [ElementType; 2],
    scale: f64,
}

impl Join<'_> {
    fn emit(&self, context: &mut Context, name: &str, held: Vec<VariableId>) -> Vec<VariableId> {
        let [accumulator, element_type] = self.types;
        let tensors = held.len() as u64;
        let what = describe(self.op);
        let (stage, over) = if self.in_runs {
            ("intermediate ", "some tiles")
        } else {
            ("", "tiles")
        };
        let transfer = PartialResultsTransfer {
            partials: self.partials.clone(),
            to: self.to.placement.clone(),
            in_runs: self.in_runs,
            element_bytes: accumulator.bytes(),
        };
        let received = temporaries(
            context,
            tensors,
            &format!("{name}/received {stage}{what}"),
            &transfer.to,
            accumulator,
        );
        context.emitter.exchange(
            format!("{name} exchange partial results"),
            held.iter()
                .map(|_| Movement::PartialResults(transfer.clone()))
                .collect(),
            held,
            received.clone(),
        );
        let joined = temporaries(
            context,
            tensors,
            &format!("{name}/{stage}{what}"),
            &transfer.to,
            element_type,
        );
        context.emitter.compute(
            format!("{name} {what} over {over}"),
            Work::Partials(PartialsWork {
                transfer,
                tensors,
                op: combining(self.op),
                partials_type: accumulator,
                output_type: element_type,
                scale: Scalar::new(self.scale),
            }),
            received,
            joined.clone(),
        );
        joined
    }
}

/// How partial results are joined: a sum of squares has been squared on the tile.
const fn combining(op: ReduceOp) -> ReduceOp {
    match op {
        ReduceOp::Add | ReduceOp::SquareAdd => ReduceOp::Add,
        ReduceOp::Maximum => ReduceOp::Maximum,
    }
}

/// Data paths of results that a worker takes at once.
const fn accumulated_data_paths(op: ReduceOp) -> u64 {
    match op {
        ReduceOp::Add | ReduceOp::SquareAdd => 2,
        ReduceOp::Maximum => 1,
    }
}

const fn describe(op: ReduceOp) -> &'static str {
    match op {
        ReduceOp::Add => "sum",
        ReduceOp::SquareAdd => "sum of squares",
        ReduceOp::Maximum => "maximum",
    }
}
