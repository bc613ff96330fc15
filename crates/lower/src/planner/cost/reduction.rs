//! Reduction of partial sums over tiles (PopLibs `ConvReducePlan.cpp`, `PerformanceEstimation.hpp` `estimateConvReduceCycles`).

use smallvec::SmallVec;
use tilesim_machine::{ElementType, Machine};

use super::{PlanCost, bytes_to_cycles};
use crate::planner::plan::Partition;
use crate::planner::setting::Setting;
use crate::planner::tile::Tile;

/// Depths from which a reduction takes two and three stages.
const TWO_STAGES: u64 = 16;
const THREE_STAGES: u64 = 125;

/// Partial sums that each stage of a reduction of `depth` adds up: their product covers the depth.
pub(in crate::planner) fn stage_depths(depth: u64, multi_stage: bool) -> SmallVec<[u64; 3]> {
    let stages = match depth {
        _ if !multi_stage => 1,
        d if d < TWO_STAGES => 1,
        d if d < THREE_STAGES => 2,
        _ => 3,
    };
    let mut depths = SmallVec::new();
    let mut remaining = depth;
    for intermediate in intermediate_depths(depth, stages).1 {
        let stage = remaining.div_ceil(intermediate);
        depths.push(stage);
        remaining = remaining.div_ceil(stage);
    }
    if remaining > 1 || depths.is_empty() {
        depths.push(remaining);
    }
    depths
}

/// The numbers of partial sums left after each stage but the last, near the roots of the depth and so that a tile receives the
/// fewest messages; with that number.
fn intermediate_depths(depth: u64, stages: u32) -> (f64, SmallVec<[u64; 2]>) {
    if stages <= 1 {
        return (depth as f64, SmallVec::new());
    }
    let root = (depth as f64).powf(f64::from(stages - 1) / f64::from(stages));
    let up = (root - 1e-9).ceil() as u64;
    let down = (root + 1e-9).floor() as u64;
    let messages = |intermediate: u64| {
        let (rest, mut depths) = intermediate_depths(intermediate, stages - 1);
        depths.insert(0, intermediate);
        (depth as f64 / intermediate as f64 + rest, depths)
    };
    let (rounded_up, rounded_down) = (messages(up), messages(down));
    if rounded_down.0 < rounded_up.0 {
        rounded_down
    } else {
        rounded_up
    }
}

/// Tile cycles of a cast (PopLibs `PerformanceEstimation.hpp` `getCastEstimate`).
pub(super) fn cast_cycles(machine: &Machine, from: ElementType, to: ElementType, elements: u64) -> u64 {
    const START: u64 = 26;
    let workers = u64::from(machine.workers);
    let per_worker = elements.div_ceil(workers);
    let vectors = per_worker
        .div_ceil(machine.vector_width(from))
        .max(per_worker.div_ceil(machine.vector_width(to)));
    workers * (START + vectors)
}

/// Tile cycles of one stage: `depth` partial sums of each of `outputs` outputs (PopLibs `getReduceCycleEstimate`).
fn stage_cycles(machine: &Machine, from: ElementType, to: ElementType, outputs: u64, depth: u64) -> u64 {
    let workers = u64::from(machine.workers);
    // Elements that the accumulators take at once: 16 bytes; a load brings one data path.
    let accumulated = 16 / from.bytes();
    let loads = accumulated / accumulated.min(machine.vector_width(from));
    let store = u64::from(to == ElementType::F32);
    let received = outputs * (depth - 1) * from.bytes();
    let elements_of_memory = received.next_multiple_of(machine.memory_element_bytes);
    if outputs.is_multiple_of(accumulated) && elements_of_memory * 16 < machine.tile_memory_bytes {
        let overhead = if from == ElementType::F32 { 7 } else { 9 } + store;
        let loops = (outputs / accumulated).div_ceil(workers);
        return 33 + workers * (20 + loops * (loads * (depth - 1) + overhead));
    }
    let overhead = if from == ElementType::F32 { 6 } else { 8 } + store;
    let per_loop = (loads + 1) * depth + overhead;
    let loops = outputs / accumulated + u64::from((outputs % accumulated).count_ones());
    let mut cycles = 32 + loops / workers * per_loop;
    if !loops.is_multiple_of(workers) {
        cycles += if outputs.is_multiple_of(accumulated) {
            per_loop
        } else {
            2 * depth + if from == ElementType::F32 { 13 } else { 11 }
        };
    }
    workers * cycles
}

/// Tile cycles to reduce `depth` partial sums of `partials` elements each, spread over as many tiles.
pub(in crate::planner) fn reduce_cycles(
    machine: &Machine,
    partials_type: ElementType,
    output_type: ElementType,
    partials: u64,
    depth: u64,
    multi_stage: bool,
) -> u64 {
    if depth == 1 {
        return if partials_type == output_type {
            0
        } else {
            cast_cycles(machine, partials_type, output_type, partials)
        };
    }
    let depths = stage_depths(depth, multi_stage);
    let mut outputs = partials.div_ceil(depth) * depth;
    let mut cycles = 0;
    for (stage, &stage_depth) in depths.iter().enumerate() {
        outputs = outputs.div_ceil(stage_depth);
        let to = if stage + 1 == depths.len() {
            output_type
        } else {
            partials_type
        };
        cycles += stage_cycles(machine, partials_type, to, outputs, stage_depth);
    }
    cycles
}

pub(super) fn add(setting: &Setting, partition: &Partition, tile: &Tile, cost: &mut PlanCost) {
    let machine = setting.machine;
    let multi_stage = setting.options.multi_stage_reduce;
    let depth = partition.reduction_depth();
    let partials = tile.partial_elements();
    let partials_type = setting.exchanged_partials();
    let partial_bytes = partials_type.bytes();
    // With a serial split of the input channels the loop accumulates partial sums; the cast comes after it.
    let output_type = if partition.in_channel_serial > 1 {
        setting.options.partials_type
    } else {
        setting.options.input_type
    };
    cost.reduce = reduce_cycles(
        machine,
        setting.vertex_partials,
        output_type,
        partials,
        depth,
        multi_stage,
    );

    let depths = stage_depths(depth, multi_stage);
    let mut remaining = partials;
    for &stage_depth in &depths[..depths.len() - 1] {
        remaining = remaining.div_ceil(stage_depth);
        cost.exchange_reduce_rest += bytes_to_cycles(machine, remaining * partial_bytes);
    }
    if depths.len() > 1 {
        cost.reduce_bytes = partials.div_ceil(depth) * depth * partial_bytes;
    }
}
