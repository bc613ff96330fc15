//! The walk over the graph: plans, then operator after operator.

mod host;
mod results;
mod state;

use std::{borrow::Cow, ops::RangeInclusive};

use tilesim_graph::{Graph, Op, OpKind};
use tilesim_machine::Machine;
use tilesim_planner::{PlanChoice, PlanOptions};
use tilesim_program::{Action, Program, Work};
use tilesim_terms::{Cancellation, HostTransfers, Phase};

use crate::{
    HostTensors, LowerError, LowerOptions, PlanSource, SharedPlacements, call,
    context::Context,
    convolution::{self, CONTIGUOUS_MEMORY_PARTS, GraphPlans, intersection, plans},
    error::cancelled,
    operators,
};

/// Bytes in which a run keeps what it asks of placements where it shares nothing: enough for any network.
const OWN_PLACEMENT_BYTES: usize = 1 << 24;

/// A program, and for which tile memory it is the same.
#[derive(Debug, Clone)]
pub struct LoweredProgram {
    /// The program.
    pub program: Program,
    /// Bytes of tile memory of machines that are like this one otherwise, for which lowering gives the same program but for the
    /// bound on reductions in one buffer, and every step of it costs the same. Of plans that are not shared it is that of the
    /// machine alone.
    pub tile_memory: RangeInclusive<u64>,
}

/// Lowers a graph to the program of one chip. Batch norms of an inference graph should have been folded where they can be.
///
/// # Errors
/// When a convolution has no plan, a given plan does not fit its convolution, or an operator has no lowering.
pub fn lower(
    graph: &Graph,
    machine: &Machine,
    options: &LowerOptions,
    source: PlanSource<'_>,
) -> Result<LoweredProgram, LowerError> {
    lower_with_host(
        graph,
        machine,
        options,
        source,
        &HostTensors::of(graph),
        &Cancellation::never(),
    )
}

/// As [`lower`], where the host sends and takes only some of the inputs and results, until `cancellation` is asked for.
///
/// # Errors
/// As [`lower`]; [`LowerError::Cancelled`] where it was.
pub fn lower_with_host(
    graph: &Graph,
    machine: &Machine,
    options: &LowerOptions,
    source: PlanSource<'_>,
    host: &HostTensors,
    cancellation: &Cancellation,
) -> Result<LoweredProgram, LowerError> {
    let machine = &computing_part(machine, options.host)?;
    let plans = plans(graph, machine, options, source, cancellation)?;
    let own;
    let placements = match source {
        PlanSource::Shared(_, placements) => placements,
        PlanSource::Own | PlanSource::Given(_) => {
            own = SharedPlacements::new(OWN_PLACEMENT_BYTES);
            &own
        }
    };
    let context = Context::new(graph, machine, options, host, placements);
    let mut program = lower_planned(context, &plans, cancellation)?;
    program.io_tiles = options.host.reserved_tiles();
    program.batches_per_step = options.host.batches_per_step;
    let tile_memory = if plans.tile_memory.start() == plans.tile_memory.end() {
        plans.tile_memory
    } else {
        tile_memory(&program, plans.tile_memory)
    };
    Ok(LoweredProgram { program, tile_memory })
}

/// The part of a chip that computes, as a chip of its own: all tiles but those that are reserved for the host.
///
/// # Errors
/// When none is left.
pub fn computing_part(machine: &Machine, host: HostTransfers) -> Result<Cow<'_, Machine>, LowerError> {
    if let Some(fault) = host.fault(machine.tiles) {
        return Err(LowerError::Host { fault });
    }
    let reserved = host.reserved_tiles();
    if reserved == 0 {
        return Ok(Cow::Borrowed(machine));
    }
    Ok(Cow::Owned(Machine {
        tiles: machine.tiles - reserved,
        ..machine.clone()
    }))
}

/// The part of `planned`, the tile memory for which plans are the same, for which the steps of the program cost the same too.
fn tile_memory(program: &Program, planned: RangeInclusive<u64>) -> RangeInclusive<u64> {
    let reductions = program.steps.iter().filter_map(|step| match &step.action {
        Action::Compute(work) => match work.as_ref() {
            Work::ReduceAdd(work) => Some(work),
            _ => None,
        },
        Action::Exchange(_) | Action::Host { .. } | Action::Replicas { .. } => None,
    });
    reductions.fold(planned, |common, work| {
        let bytes = work.contiguous_range();
        // The bound is rounded down: the last few bytes of memory make no difference.
        let least = bytes.start().saturating_mul(CONTIGUOUS_MEMORY_PARTS);
        let most = bytes
            .end()
            .saturating_mul(CONTIGUOUS_MEMORY_PARTS)
            .saturating_add(CONTIGUOUS_MEMORY_PARTS - 1);
        intersection(&common, &(least..=most))
    })
}

fn lower_planned(
    mut context: Context<'_>,
    plans: &GraphPlans,
    cancellation: &Cancellation,
) -> Result<Program, LowerError> {
    let graph = context.graph;
    host::receive_inputs(&mut context);
    let mut recomputed_since = None;
    for (index, op) in graph.ops.iter().enumerate() {
        cancelled(cancellation)?;
        context.op = index;
        context.enter(op);
        lower_operator(&mut context, op, plans.by_op.get(&index))?;
        if op.phase == Phase::Recompute {
            recomputed_since.get_or_insert(index);
        }
        let goes_on = graph
            .ops
            .get(index + 1)
            .is_some_and(|next| next.phase == Phase::Recompute);
        if let Some(since) = recomputed_since.take_if(|_| !goes_on) {
            results::keep_results(&mut context, since);
        }
    }
    state::keep_state(&mut context);
    host::send_outputs(&mut context)?;
    let precision = context.options.precision;
    Ok(context.emitter.finish(graph.name.clone(), precision))
}

fn lower_operator(
    context: &mut Context,
    op: &Op,
    planned: Option<&(PlanOptions, PlanChoice)>,
) -> Result<(), LowerError> {
    match &op.kind {
        OpKind::Convolution(_)
        | OpKind::FullyConnected
        | OpKind::ConvolutionInputGradient(_)
        | OpKind::ConvolutionWeightGradient(_) => convolution::lower(context, op, planned),
        OpKind::ScaledAdd { factor } => operators::scaled_add::lower(context, op, *factor),
        OpKind::Norm(norm) => operators::norm::lower(context, op, norm),
        OpKind::Activation(activation) => operators::activation::lower(context, op, *activation),
        OpKind::ProxyActivation(proxy) => operators::proxy_activation::lower(context, op, proxy),
        OpKind::Binary(binary) => operators::binary::lower(context, op, *binary),
        OpKind::Pool(pool) => operators::pool::lower(context, op, pool),
        OpKind::PoolGradient(pool) => operators::pool_gradient::lower(context, op, pool),

        OpKind::GlobalAveragePool => operators::global_average_pool::lower(context, op),
        OpKind::Softmax { axes } => operators::softmax::lower(context, op, axes),
        OpKind::Reshape => operators::reshape::lower(context, op),
        OpKind::Scale { factor } => operators::scale::lower(context, op, *factor),
        OpKind::Reduce(reduction) => operators::reduction::lower(context, op, *reduction),
        OpKind::Broadcast => operators::broadcast::lower(context, op),
        OpKind::Slice { axis, start, size } => operators::slice::lower(context, op, (*axis, *start, *size)),
        OpKind::Fill { value } => {
            operators::fill::lower(context, op, *value);
            Ok(())
        }
        OpKind::Cast(_) => operators::cast::lower(context, op),
        OpKind::RandomMask { rate } => {
            operators::random_mask::lower(context, op, *rate);
            Ok(())
        }
        OpKind::MovingAverage { decay } => operators::moving_average::lower(context, op, *decay),
        OpKind::ActivationGradient(activation) => {
            operators::activation_gradient::lower(context, op, *activation)
        }
        // A norm's gradient is one function: it takes x, which it whitens again, and the gradient of the output.
        OpKind::Whiten(norm) => call::with_arguments(context, op, &[(0, "x")], |context| {
            operators::norm::whiten(context, op, norm)
        })
        .map(|call| call.end(context)),
        OpKind::NormParameterGradient => operators::norm_gradient::parameters(context, op),
        OpKind::NormGradient(norm) => call::as_function(context, op, &[(2, "gradient")], |context| {
            operators::norm_gradient::lower(context, op, norm)
        }),
        OpKind::ProxyStatistics(proxy) => operators::proxy_statistics::lower(context, op, proxy),
        OpKind::ProxyStatisticsGradient(proxy) => {
            operators::proxy_statistics_gradient::lower(context, op, proxy)
        }
        OpKind::SoftmaxCrossEntropy { label_smoothing } => {
            operators::cross_entropy::lower(context, op, *label_smoothing)
        }
        OpKind::SoftmaxCrossEntropyGradient {
            label_smoothing,
            scale,
        } => operators::cross_entropy::gradient(context, op, *label_smoothing, *scale),
        OpKind::OptimiserStep(step) => operators::optimiser::lower(context, op, step),
        OpKind::Rearrange(rearrangement) => operators::rearrange::lower(context, op, rearrangement),
        OpKind::Concat { axis } => operators::concat::lower(context, op, *axis),
    }
}
