//! Steps in which tiles compute.

use tilesim_codelets::{Count, VertexCost, convolution, reduction, vector};
use tilesim_machine::Machine;
use tilesim_program::{Precision, Vertex, Work, vertex::vector::VectorVertex, work::WorkClass};

use crate::{Cause, SimError, StepKind, Traffic, cost::StepCost};

/// The step ends when the slowest tile has done its work; the causes share out the cycles of all tiles.
pub(crate) fn cost(
    machine: &Machine,
    precision: Precision,
    step: &str,
    work: &Work,
    classes: &[WorkClass],
) -> Result<StepCost, SimError> {
    let kind = kind(work);
    let mut cost = StepCost::nothing(kind);
    let mut sum = VertexCost::default();
    for class in classes {
        let vertex = vertex_cost(machine, step, &class.vertex)?;
        let total = vertex.cycles.total();
        let tiles = class.tiles;
        cost.cycles = cost.cycles.max(total);
        cost.active_tiles += tiles;
        cost.busy_tile_cycles += total * tiles;
        cost.busy_worker_tile_cycles += (total - vertex.cycles.worker_imbalance) * tiles;
        sum.cycles.useful += vertex.cycles.useful * tiles;
        sum.cycles.padding += vertex.cycles.padding * tiles;
        sum.cycles.weight_load += vertex.cycles.weight_load * tiles;
        sum.cycles.overhead += vertex.cycles.overhead * tiles;
        sum.cycles.worker_imbalance += vertex.cycles.worker_imbalance * tiles;
        sum.sram_read_bytes += vertex.sram_read_bytes * tiles;
        sum.sram_write_bytes += vertex.sram_write_bytes * tiles;
    }
    let available = u64::from(machine.tiles);
    if cost.active_tiles > available {
        return Err(SimError::Tiles {
            step: step.to_owned(),
            used: cost.active_tiles,
            available,
        });
    }
    cost.traffic = Traffic {
        sram_read_bytes: sum.sram_read_bytes,
        sram_write_bytes: sum.sram_write_bytes,
        ..Traffic::default()
    };
    let all = cost
        .cycles
        .checked_mul(available)
        .ok_or_else(|| SimError::Overflow {
            step: step.to_owned(),
        })?;
    cost.causes[Cause::TileImbalance] = all - cost.busy_tile_cycles;
    match work {
        Work::Convolution(convolution) => {
            cost.macs = convolution.macs;
            cost.rounds = convolution.rounds.max(1);
            let inner = sum.cycles.useful + sum.cycles.padding;
            let peak = machine
                .peak_macs_per_cycle(precision.data, precision.partials)
                .unwrap_or(1);
            // A kernel that completes its outputs can write half results faster than the float partials that were asked for, and
            // swapped operands leave out products with padding.
            let ideal = (cost.macs / cost.rounds / peak.max(1)).min(inner);
            cost.causes[Cause::Ideal] = ideal;
            cost.causes[Cause::DotProductFill] = inner - ideal;
            cost.causes[Cause::KernelOverhead] =
                sum.cycles.weight_load + sum.cycles.overhead + sum.cycles.worker_imbalance;
        }
        _ if kind == StepKind::Rearrangement => {
            cost.causes[Cause::Rearrangement] = cost.busy_tile_cycles;
        }
        _ => cost.causes[Cause::VectorWork] = cost.busy_tile_cycles,
    }
    Ok(cost)
}

/// What a compute set does.
pub(crate) fn kind(work: &Work) -> StepKind {
    use tilesim_program::work::VectorKernel;
    match work {
        Work::Convolution(_) => StepKind::Convolution,
        Work::Vector(vector)
            if matches!(
                vector.kernel,
                VectorKernel::Copy { .. }
                    | VectorKernel::Repeat { .. }
                    | VectorKernel::RepeatChannels { .. }
                    | VectorKernel::Transpose { .. }
                    | VectorKernel::DynamicSlice { .. }
            ) =>
        {
            StepKind::Rearrangement
        }
        Work::Rearrangement(_) => StepKind::Rearrangement,
        // Zeros around operands are part of bringing them into the order that a kernel takes.
        Work::Uniform(uniform) if matches!(uniform.vertex, VectorVertex::Fill(_)) => StepKind::Rearrangement,
        Work::ReduceAdd(_)
        | Work::LocalReduction(_)
        | Work::Partials(_)
        | Work::Pooling(_)
        | Work::Vector(_)
        | Work::Uniform(_) => StepKind::Vector,
    }
}

/// What one tile's vertex costs, its launch included.
pub(crate) fn vertex_cost(machine: &Machine, step: &str, vertex: &Vertex) -> Result<VertexCost, SimError> {
    match vertex {
        Vertex::Convolution(vertex) => {
            let cost = convolution::cost(machine, vertex, Count::Machine).map_err(|reason| {
                SimError::IllegalKernel {
                    step: step.to_owned(),
                    reason,
                }
            })?;
            Ok(launched(cost, machine.convolution_launch_cycles))
        }
        Vertex::ReduceAdd(vertex) => {
            let cost = reduction::reduce_add_cost(machine, vertex);
            Ok(launched(cost, machine.vector_launch_cycles))
        }
        Vertex::Vector(vertex) => vector_cost(machine, step, vertex),
    }
}

/// The cost of a kernel that a tile begins; what does nothing is not begun.
fn launched(mut cost: VertexCost, launch_cycles: u32) -> VertexCost {
    if cost.cycles.total() > 0 {
        cost.cycles.overhead += u64::from(launch_cycles);
    }
    cost
}

/// What one tile's vector kernel costs, its launch included.
pub(crate) fn vector_cost(
    machine: &Machine,
    step: &str,
    vertex: &VectorVertex,
) -> Result<VertexCost, SimError> {
    let cost =
        vector::cost(machine, vertex, Count::Machine).map_err(|reason| SimError::IllegalVectorKernel {
            step: step.to_owned(),
            reason,
        })?;
    Ok(launched(cost, machine.vector_launch_cycles))
}
