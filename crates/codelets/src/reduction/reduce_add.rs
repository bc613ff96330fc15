//! `ReduceAdd`: sums partial sums on one tile (PopLibs `PerformanceEstimation.hpp` `getReduceCycleEstimate`).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::reduce_add::ReduceAddVertex;

use crate::VertexCost;
use crate::breakdown::KernelCycles;

/// Data paths that a worker accumulates at once.
const ACCUMULATED_DATA_PATHS: u64 = 2;

/// Elements that a worker accumulates at once.
pub(super) const fn accumulated_elements(machine: &Machine, partials: ElementType) -> u64 {
    ACCUMULATED_DATA_PATHS * machine.vector_width(partials)
}

/// What `vertex` costs on one tile of `machine`.
pub fn reduce_add_cost(machine: &Machine, vertex: &ReduceAddVertex) -> VertexCost {
    let partial_bytes = vertex.outputs * vertex.depth * vertex.partials_type.bytes();
    let cycles = if vertex.single_input {
        single_input_cycles(machine, vertex)
    } else {
        pointers_cycles(machine, vertex)
    };
    VertexCost {
        cycles: cycles.taken_apart(cycles.streaming),
        macs: 0,
        sram_read_bytes: partial_bytes,
        sram_write_bytes: vertex.outputs * vertex.output_type.bytes(),
    }
}

/// Tile cycles of `vertex`: the total of [`reduce_add_cost`].
pub fn reduce_add_cycles(machine: &Machine, vertex: &ReduceAddVertex) -> u64 {
    if vertex.single_input {
        single_input_cycles(machine, vertex).total
    } else {
        pointers_cycles(machine, vertex).total
    }
}

/// The received partial sums lie one behind the other: each is a step further, and the tile's own are added last.
fn single_input_cycles(machine: &Machine, vertex: &ReduceAddVertex) -> KernelCycles {
    const SUPERVISOR_START: u64 = 33;
    const WORKER_START: u64 = 20;
    let workers = u64::from(machine.workers);
    let loads = if vertex.interleaved {
        1
    } else {
        ACCUMULATED_DATA_PATHS
    };
    let finish = match (vertex.partials_type, vertex.output_type) {
        (ElementType::F32, ElementType::F32) => 8,
        (ElementType::F32, _) => 7,
        (_, ElementType::F32) => 10,
        _ => 9,
    };
    let vectors = vertex.outputs / accumulated_elements(machine, vertex.partials_type);
    let most_vectors = vectors.div_ceil(workers);
    let vector = loads * vertex.depth.saturating_sub(1);
    KernelCycles {
        total: SUPERVISOR_START + workers * (WORKER_START + most_vectors * (vector + finish)),
        streaming: vectors * vector,
        weight_load: 0,
        worker_imbalance: (workers * most_vectors - vectors) * (vector + finish),
    }
}

/// Every partial sum has a pointer, which is followed for each vector of outputs.
fn pointers_cycles(machine: &Machine, vertex: &ReduceAddVertex) -> KernelCycles {
    const WORKER_START: u64 = 32;
    let workers = u64::from(machine.workers);
    let float_partials = vertex.partials_type == ElementType::F32;
    let finish = if float_partials { 6 } else { 8 } + u64::from(vertex.output_type == ElementType::F32);
    let width = accumulated_elements(machine, vertex.partials_type);
    let rest = vertex.outputs % width;
    // What does not fill a vector goes in halves: four elements, two, one.
    let vectors = vertex.outputs / width + u64::from(rest.count_ones());
    let vector = (ACCUMULATED_DATA_PATHS + 1) * vertex.depth;
    let last = match (vectors % workers, rest) {
        (0, _) => 0,
        (_, 0) => vector + finish,
        _ => 2 * vertex.depth + if float_partials { 13 } else { 11 },
    };
    let worker = vectors / workers * (vector + finish) + last;
    KernelCycles {
        total: workers * (WORKER_START + worker),
        streaming: vectors * vector,
        weight_load: 0,
        worker_imbalance: (workers * worker).saturating_sub(vectors * (vector + finish)),
    }
}
