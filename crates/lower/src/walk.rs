//! From a graph to a program: plans, then operator after operator.

use std::{borrow::Cow, ops::RangeInclusive};

use tilesim_graph::Graph;
use tilesim_machine::Machine;
use tilesim_program::{Action, Program, Work};
use tilesim_terms::{Cancellation, HostTransfers};

use crate::{
    HostTensors, LowerError, LowerOptions, Lowering, PlanSource, SharedPlacements,
    convolution::{CONTIGUOUS_MEMORY_PARTS, GraphPlans, intersection, plans},
    error::cancelled,
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
    let plans = graph_plans(graph, machine, options, source, cancellation)?;
    let own;
    let placements = match source {
        PlanSource::Shared(_, placements) => placements,
        PlanSource::Own | PlanSource::Given(_) => {
            own = SharedPlacements::new(OWN_PLACEMENT_BYTES);
            &own
        }
    };
    lower_as_planned(graph, machine, options, &plans, placements, host, cancellation)
}

/// The plan of every convolution of a graph with the options that it was planned with; equal ones are planned once.
///
/// # Errors
/// When a convolution has no plan, or a given plan does not fit its convolution.
pub fn graph_plans(
    graph: &Graph,
    machine: &Machine,
    options: &LowerOptions,
    source: PlanSource<'_>,
    cancellation: &Cancellation,
) -> Result<GraphPlans, LowerError> {
    let machine = computing_part(machine, options.host)?;
    plans(graph, &machine, options, source, cancellation)
}

/// As [`lower_with_host`], where it is known how convolutions are planned.
///
/// # Errors
/// As [`lower_with_host`].
pub fn lower_as_planned(
    graph: &Graph,
    machine: &Machine,
    options: &LowerOptions,
    plans: &GraphPlans,
    placements: &SharedPlacements,
    host: &HostTensors,
    cancellation: &Cancellation,
) -> Result<LoweredProgram, LowerError> {
    let machine = &computing_part(machine, options.host)?;
    let mut lowering = Lowering::new(graph, machine, options, host, placements);
    while let Some(op) = lowering.next() {
        cancelled(cancellation)?;
        lowering.go_on(plans.by_op.get(&op))?;
    }
    let mut program = lowering.finish()?;
    program.io_tiles = options.host.reserved_tiles();
    program.batches_per_step = options.host.batches_per_step;
    let tile_memory = if plans.tile_memory.start() == plans.tile_memory.end() {
        plans.tile_memory.clone()
    } else {
        tile_memory(&program, plans.tile_memory.clone())
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
