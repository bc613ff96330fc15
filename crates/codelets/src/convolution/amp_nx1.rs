//! AMP n×1: convolution units over any kernel; few input channels are filled up with kernel rows (`ConvPartialnx1`).
//!
//! PopLibs `PerformanceEstimation.hpp` `getConvPartialnx1WorkerCycles`,
//! `getConvPartialnx1Supervisor{Inner,Outer}LoopCycleEstimateHalfFloat`,
//! `getConvPartialAmpSupervisorWeightLoadCycleEstimate`.

use tilesim_machine::Machine;
use tilesim_program::vertex::convolution::ConvolutionVertex;

use super::amp::Amp;
use super::extent::Extent;
use super::traffic::Traffic;
use super::work_split::contiguous_runs;
use super::zero_partials::zero_partials_cycles;
use crate::Count;
use crate::breakdown::KernelCycles;

/// Kernel rows that one load of weights holds.
pub(super) fn rows_per_load(machine: &Machine, vertex: &ConvolutionVertex) -> u64 {
    u64::from(machine.weights_per_conv_unit(vertex.input_type)) / vertex.grouping.in_channels
}

/// Worker cycles of one item of `positions` output positions in a row.
fn item_cycles(amp: &Amp, positions: u64) -> u64 {
    const NEXT_ITEM: u64 = 3;
    // The figures below are those of a worker with one item; its start stands apart.
    const COUNTED_IN_START: u64 = 9;
    let streamed = amp.cycles_per_position * positions.saturating_sub(3);
    let cycles = match (amp.float_input, positions) {
        (false, 1) => 29,
        // The variants that fill the store port take one cycle more.
        (false, 2) => 33 + u64::from(amp.float_partials != amp.full_pipeline),
        (false, _) => 34 + streamed,
        (true, 1) => 33,
        (true, 2) => 44,
        (true, _) => 45 + streamed,
    };
    cycles + NEXT_ITEM - COUNTED_IN_START
}

/// Tile cycles to load the weights of one kernel position: the weights themselves, and finding their rows.
fn weight_load_cycles(machine: &Machine, amp: &Amp, rows_per_load: u64) -> u64 {
    const CALL: u64 = 3;
    let wide = machine.effective_weight_load_bytes_per_cycle();
    // Rows of a quarter of the weights are too narrow for the wide load.
    let bytes_per_cycle = if rows_per_load < 4 {
        wide
    } else {
        machine.weight_load_bytes_per_cycle / 2
    };
    let rows = match rows_per_load {
        1 => 15,
        2 => 46,
        _ => 60,
    };
    amp.weight_load_cycles(bytes_per_cycle) + rows + CALL
}

pub(super) fn cycles(
    machine: &Machine,
    vertex: &ConvolutionVertex,
    extent: &Extent,
    conv_units: u32,
    count: Count,
) -> KernelCycles {
    // Start of a worker, and of one that finds no work.
    const WORKER_START: u64 = 17;
    const EMPTY_ITEM: u64 = 11;
    const START_LAST_WORKER: u64 = 9;
    let amp = Amp::new(machine, vertex, conv_units);
    let workers = u64::from(machine.workers);
    let half_partials = u64::from(!amp.float_partials);
    let items = contiguous_runs(workers, extent.met_rows, extent.met_width, EMPTY_ITEM, |n| {
        item_cycles(&amp, n)
    });
    let start = workers * (WORKER_START + half_partials);
    let run = (start + items.tile_cycles_after(START_LAST_WORKER)) * amp.passes;

    let rows_per_load = rows_per_load(machine, vertex);
    let load = weight_load_cycles(machine, &amp, rows_per_load);
    let outer = extent.kernel_planes * extent.kernel_height.div_ceil(rows_per_load);
    let kernel_positions = outer * extent.kernel_width;
    let inner = outer * (14 + extent.kernel_width * (12 + amp.passes * load)) + run * kernel_positions;

    let (groups, ins, outs) = (extent.group_blocks, extent.in_blocks, extent.out_blocks);
    let zero = zero_partials_cycles(
        machine,
        vertex.partials_type,
        extent.positions() * vertex.grouping.out_channels,
        groups * outs,
        count,
    );
    let zero_call = workers * (9 + half_partials);
    let zero_loop = groups * (17 * outs + workers * (outs - 1) + 1) + workers * (groups - 1) + 1;
    let group_block = 16 + ins * (14 + outs * (14 + inner));

    let runs = groups * ins * outs * kernel_positions * amp.passes;
    KernelCycles {
        total: 109 + 54 + zero_call + zero_loop + groups * group_block + zero,
        streaming: runs * extent.met_positions() * amp.cycles_per_position,
        weight_load: runs * load,
        worker_imbalance: runs * items.imbalance(),
    }
}

pub(super) fn traffic(
    machine: &Machine,
    vertex: &ConvolutionVertex,
    extent: &Extent,
    conv_units: u32,
) -> Traffic {
    let amp = Amp::new(machine, vertex, conv_units);
    let out_blocks = extent.group_blocks * extent.out_blocks;
    let kernel_positions = extent.kernel_planes
        * extent.kernel_height.div_ceil(rows_per_load(machine, vertex))
        * extent.kernel_width;
    let accumulations = out_blocks * extent.in_blocks * kernel_positions;
    // A position's inputs are as many bytes as one unit's weights.
    let inputs = accumulations * amp.passes * extent.met_positions() * amp.weight_bytes;
    let weights = accumulations * amp.passes * amp.conv_units * amp.weight_bytes;
    let partial_bytes = vertex.grouping.out_channels * vertex.partials_type.bytes();
    let accumulated = accumulations * extent.met_positions() * partial_bytes;
    Traffic {
        read_bytes: inputs + weights + accumulated,
        write_bytes: accumulated + out_blocks * extent.positions() * partial_bytes,
    }
}
