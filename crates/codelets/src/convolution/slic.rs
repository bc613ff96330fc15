//! SLIC: convolution units hold a window of four weights per row and inputs stream past (`ConvPartial1xNSLIC`).
//!
//! PopLibs `PerformanceEstimation.hpp` `getConvPartialSlicSupervisor{Inner,Outer,WeightLoad}...CycleEstimateHalfFloat`.
//! Input dilation and padding must be in the inputs already, as zeros.

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::convolution::ConvolutionVertex;

use super::extent::Extent;
use super::traffic::Traffic;
use super::work_split::{WorkerCycles, contiguous_runs};
use crate::Count;
use crate::breakdown::KernelCycles;

/// Weights of one row that the units hold.
pub const WINDOW_WIDTH: u64 = 4;

/// Chains of units that yield one position of four channels a cycle.
pub(super) const ALL_CHAINS: u32 = 4;

/// Convolution groups that the units take at once.
const GROUPS_AT_ONCE: u64 = 4;

/// A variant of the kernel.
#[derive(Debug, Clone, Copy)]
struct Slic {
    /// Convolution groups of a block.
    conv_groups: u64,
    /// Passes over the inputs, as the chains in use yield part of the outputs each.
    passes: u64,
    /// Whether partial sums are floats.
    float_partials: bool,
    /// Half partials from two chains: the second pass is merged by the workers.
    merges: bool,
    /// Output stride of the innermost dimension.
    stride: u64,
}

/// A window's pass over the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// The first window: partial sums start from zero.
    ImplicitZero,
    /// Later windows add to them.
    Accumulate,
}

impl Slic {
    fn new(vertex: &ConvolutionVertex, conv_chains: u32) -> Self {
        let float_partials = vertex.partials_type == ElementType::F32;
        let all = conv_chains >= ALL_CHAINS;
        Self {
            conv_groups: vertex.grouping.conv_groups,
            passes: if all { 1 } else { 2 },
            float_partials,
            merges: !all && !float_partials,
            stride: vertex.stride[vertex.stride.len() - 1],
        }
    }

    /// Strides over the groups of a block, four at a time.
    const fn group_strides(&self) -> u64 {
        self.conv_groups.div_ceil(GROUPS_AT_ONCE)
    }

    const fn strides_over_groups(&self) -> bool {
        self.conv_groups > GROUPS_AT_ONCE
    }

    /// Worker cycles to stream `positions` outputs of a row once.
    fn stream_cycles(&self, positions: u64, pass: Pass) -> u64 {
        let accumulate = pass == Pass::Accumulate;
        let pipelined = if self.merges { 6 } else { 5 };
        let cycles = match (self.stride, positions) {
            (_, 1) => 13,
            (1, n) if n >= pipelined => 10 + n + if self.merges && accumulate { 3 } else { 0 },
            (1, n) => n + if accumulate { 17 } else { 13 },
            (_, 2) => 15,
            (_, n) => 9 + 2 * n,
        };
        cycles - u64::from(self.float_partials)
    }

    /// Worker cycles of one item of `positions` outputs of a row.
    fn item_cycles(&self, positions: u64, pass: Pass) -> u64 {
        let start = if self.merges { 9 } else { 10 }
            + u64::from(pass == Pass::ImplicitZero)
            + if self.float_partials { 3 } else { 0 };
        start + self.passes * self.stream_cycles(positions, pass)
    }

    fn workers(&self, workers: u64, extent: &Extent, pass: Pass) -> WorkerCycles {
        contiguous_runs(workers, extent.rows, extent.width, 0, |positions| {
            self.item_cycles(positions, pass)
        })
    }

    /// Tile cycles of one window over one block of groups.
    fn window_cycles(&self, items: &WorkerCycles, positions: u64, pass: Pass) -> u64 {
        let start = 17 + if self.strides_over_groups() { 4 } else { 0 } + if self.merges { 2 } else { 0 };
        let merge = if self.merges && pass == Pass::ImplicitZero {
            2 + 2 * positions
        } else {
            0
        };
        items.workers * start + items.tile_cycles() + merge
    }

    /// Tile cycles to load a window's weights; those of narrow groups are rearranged by the workers first.
    fn weight_load_cycles(&self, workers: u64) -> u64 {
        const LOAD: u64 = 16;
        const LOOP: u64 = 6;
        let rearrange = match self.conv_groups {
            1 => return 18 + LOAD,
            2 => 12,
            4 => 10,
            _ => 11,
        };
        9 + LOOP + workers * rearrange + LOOP + LOAD
    }

    /// Tile cycles of a window beyond its passes over the inputs, its weight loads included.
    fn window_body_cycles(&self, workers: u64) -> u64 {
        let load = self.weight_load_cycles(workers);
        if self.strides_over_groups() {
            let strides = self.group_strides();
            strides * (load + 21) + workers * (strides - 1) + 1 + 15
        } else {
            load + if self.merges { 0 } else { 4 } + 16
        }
    }
}

/// Windows of the kernel.
const fn windows(extent: &Extent) -> u64 {
    extent.kernel_rows() * extent.kernel_width.div_ceil(WINDOW_WIDTH)
}

pub(super) fn cycles(
    machine: &Machine,
    vertex: &ConvolutionVertex,
    extent: &Extent,
    conv_chains: u32,
    count: Count,
) -> KernelCycles {
    let slic = Slic::new(vertex, conv_chains);
    let workers = u64::from(machine.workers);
    let blocks = extent.group_blocks;
    let windows = windows(extent);
    let positions = extent.positions();
    let strides = slic.group_strides();
    // What the vendor charges once: see `differences`.
    let (first_strides, loaded_blocks) = match count {
        Count::Vendor => (1, 1),
        Count::Machine => (strides, blocks),
    };

    let first = slic.workers(workers, extent, Pass::ImplicitZero);
    let later = slic.workers(workers, extent, Pass::Accumulate);
    let first_windows = blocks * first_strides;
    let later_windows = blocks * (windows - 1) * strides;

    let block = if slic.merges { 12 } else { 15 } + if slic.strides_over_groups() { 8 } else { 0 };
    let block_loop = blocks * block + workers * (blocks - 1) + 1;
    let window_loop =
        loaded_blocks * windows * slic.window_body_cycles(workers) + workers * (windows - 1) + 1;
    let streams = slic.window_cycles(&first, positions, Pass::ImplicitZero) * first_windows
        + slic.window_cycles(&later, positions, Pass::Accumulate) * later_windows;
    KernelCycles {
        total: if slic.merges { 25 } else { 28 } + block_loop + window_loop + streams,
        streaming: (first_windows + later_windows) * positions * slic.passes * slic.stride,
        weight_load: loaded_blocks * windows * strides * slic.weight_load_cycles(workers),
        worker_imbalance: first_windows * first.imbalance() + later_windows * later.imbalance(),
    }
}

pub(super) fn traffic(vertex: &ConvolutionVertex, extent: &Extent, conv_chains: u32) -> Traffic {
    let slic = Slic::new(vertex, conv_chains);
    let grouping = vertex.grouping;
    let input_bytes = grouping.conv_groups * grouping.in_channels * vertex.input_type.bytes();
    let block_windows = extent.group_blocks * windows(extent);
    let inputs = block_windows * extent.positions() * slic.stride * slic.passes * input_bytes;
    let weights = block_windows * WINDOW_WIDTH * grouping.out_channels * input_bytes;
    let partials =
        extent.positions() * grouping.conv_groups * grouping.out_channels * vertex.partials_type.bytes();
    // Two chains with half partials leave one of their passes in a buffer, which is read back to be merged.
    let merged = u64::from(slic.merges) * extent.group_blocks * partials;
    Traffic {
        read_bytes: inputs + weights + (block_windows - extent.group_blocks) * partials + merged,
        write_bytes: block_windows * partials + merged,
    }
}
