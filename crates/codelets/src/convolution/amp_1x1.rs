//! AMP 1×1: convolution units over a 1×1 kernel with full weights (`ConvPartial1x1Out`).
//!
//! PopLibs `PerformanceEstimation.hpp` `getConvPartial1x1Supervisor{Inner,Outer}LoopCycleEstimateHalfFloat`.

use tilesim_machine::Machine;
use tilesim_program::vertex::convolution::ConvolutionVertex;

use super::amp::Amp;
use super::extent::Extent;
use super::traffic::Traffic;
use super::work_split::WorkerCycles;
use crate::breakdown::KernelCycles;

/// What a pass does with the partial sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Partials {
    /// It writes the first ones.
    Initialise,
    /// It adds to those of earlier input channels.
    Accumulate,
}

/// Worker cycles that a worker saves at every call, and every call of the block loop costs, by keeping its state.
const fn retained_state(amp: &Amp) -> (u64, u64) {
    if !amp.float_input && (amp.float_partials || amp.full_pipeline) {
        (7, 3)
    } else {
        (0, 0)
    }
}

/// Whether the variant initialises partial sums in its inner loop, with no pass of its own.
const fn initialises_in_loop(amp: &Amp) -> bool {
    amp.float_partials || (!amp.float_input && amp.full_pipeline)
}

/// Worker cycles for `positions` output positions.
fn worker_cycles(amp: &Amp, positions: u64, partials: Partials) -> u64 {
    let initialise = partials == Partials::Initialise;
    // Positions beyond the third stream; up to three only fill and drain the pipeline.
    let streamed = amp.cycles_per_position * positions.saturating_sub(3);
    let cycles = if amp.float_input {
        match positions {
            0 => return 0,
            1 => 47,
            _ => 46 + streamed,
        }
    } else if initialises_in_loop(amp) {
        let accumulate = u64::from(!initialise);
        match positions {
            0 => return 0,
            1 => 32 + accumulate,
            2 => 41 + accumulate,
            _ => 37 + accumulate + streamed,
        }
    } else {
        match positions {
            0 => return 0,
            1 => 39,
            2 => 40,
            _ => 41 + streamed,
        }
    };
    let separate = if initialise && (amp.float_input || !initialises_in_loop(amp)) {
        2 + stores_per_position(amp) * positions
    } else {
        0
    };
    cycles + separate - retained_state(amp).0
}

/// Stores that clear the partial sums of one output position.
const fn stores_per_position(amp: &Amp) -> u64 {
    match (amp.float_partials, amp.full_pipeline) {
        (true, true) => 8,
        (true, false) => 4,
        (false, _) => 2,
    }
}

fn inner(amp: &Amp, workers: u64, positions: u64, partials: Partials) -> WorkerCycles {
    let most = positions.div_ceil(workers);
    let with_most = if positions.is_multiple_of(workers) {
        workers
    } else {
        positions % workers
    };
    let slow = worker_cycles(amp, most, partials);
    let fast = worker_cycles(amp, positions / workers, partials);
    WorkerCycles {
        slowest: slow.max(fast),
        fastest: slow.min(fast),
        sum: with_most * slow + (workers - with_most) * fast,
        workers,
    }
}

pub(super) fn cycles(
    machine: &Machine,
    vertex: &ConvolutionVertex,
    extent: &Extent,
    conv_units: u32,
) -> KernelCycles {
    // The supervisor waits this long after the last worker started.
    const START_LAST_WORKER: u64 = 14;
    let amp = Amp::new(machine, vertex, conv_units);
    let workers = u64::from(machine.workers);
    let positions = extent.positions();
    let load = amp.weight_load_cycles(machine.effective_weight_load_bytes_per_cycle());
    let first = inner(&amp, workers, positions, Partials::Initialise);
    let later = inner(&amp, workers, positions, Partials::Accumulate);
    let in_loop = u64::from(initialises_in_loop(&amp));
    let (retained_start, retained_block) = retained_state(&amp);

    let first_out_block = 19 - in_loop + amp.passes * (7 + load + first.tile_cycles_after(START_LAST_WORKER));
    let later_out_block = 19 + amp.passes * (6 + load + later.tile_cycles_after(START_LAST_WORKER));
    let later_in_block = 16 - in_loop + extent.out_blocks * later_out_block;
    let first_in_block = 11 + extent.out_blocks * first_out_block;
    let group_block = 12 + in_loop + (extent.in_blocks - 1) * later_in_block + first_in_block;
    let retained = retained_start + retained_block * (extent.in_blocks * extent.group_blocks - 1);

    let first_passes = extent.group_blocks * extent.out_blocks * amp.passes;
    let later_passes = (extent.in_blocks - 1) * first_passes;
    KernelCycles {
        total: 50 + workers * retained + extent.group_blocks * group_block,
        streaming: (first_passes + later_passes) * positions * amp.cycles_per_position,
        weight_load: (first_passes + later_passes) * load,
        worker_imbalance: first_passes * first.imbalance() + later_passes * later.imbalance(),
    }
}

pub(super) fn traffic(
    machine: &Machine,
    vertex: &ConvolutionVertex,
    extent: &Extent,
    conv_units: u32,
) -> Traffic {
    let amp = Amp::new(machine, vertex, conv_units);
    let blocks = extent.group_blocks * extent.in_blocks * extent.out_blocks;
    // A position's inputs are as many bytes as one unit's weights.
    let inputs = blocks * amp.passes * extent.positions() * amp.weight_bytes;
    let weights = blocks * amp.passes * amp.conv_units * amp.weight_bytes;
    let partials = extent.positions() * vertex.grouping.out_channels * vertex.partials_type.bytes();
    let written = blocks * partials;
    let read_back = written - extent.group_blocks * extent.out_blocks * partials;
    Traffic {
        read_bytes: inputs + weights + read_back,
        write_bytes: written,
    }
}
