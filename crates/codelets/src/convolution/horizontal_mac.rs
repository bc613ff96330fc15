//! HMAC: workers take dot products along the input channels (`ConvPartialHorizontalMac`).
//!
//! PopLibs `PerformanceEstimation.hpp` `getDenseDotProductCycles`, `getConvPartialHorizontalMac...`,
//! `estimateConvPartialHorizontalMacInnerLoopCycles`.

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::convolution::ConvolutionVertex;

use super::extent::{Extent, greatest_common_divisor};
use super::traffic::Traffic;
use super::work_split::DealtRows;
use super::zero_partials::zero_partials_cycles;
use crate::Count;
use crate::breakdown::KernelCycles;

/// The dot products of one output position.
#[derive(Debug, Clone, Copy)]
struct DotProducts {
    /// Dot products: two output channels each with half partials, else one.
    products: u64,
    /// Worker cycles of one, its loads and multiplications alone.
    streamed: u64,
    /// Worker cycles of one.
    cycles: u64,
}

impl DotProducts {
    fn of(machine: &Machine, vertex: &ConvolutionVertex) -> Self {
        let half_input = vertex.input_type == ElementType::F16;
        let half_partials = vertex.partials_type == ElementType::F16;
        let in_channels = vertex.grouping.in_channels;
        let vector_width = machine.vector_width(vertex.input_type);
        // The widest load of a power of two elements that divides the channels.
        let width = greatest_common_divisor(in_channels, vector_width);
        let narrow = width < vector_width;
        let channels_at_once = channels_at_once(vertex);
        let streamed = in_channels / width * if narrow { 2 } else { 1 };
        let start = 4
            + 3 * channels_at_once
            + u64::from(half_input && half_partials)
            + if narrow { channels_at_once } else { 0 };
        Self {
            products: dot_products(vertex),
            streamed,
            cycles: start + streamed - u64::from(half_input),
        }
    }
}

/// Output channels of one dot product.
fn channels_at_once(vertex: &ConvolutionVertex) -> u64 {
    if vertex.partials_type == ElementType::F16 {
        2
    } else {
        1
    }
}

/// Dot products of one output position.
fn dot_products(vertex: &ConvolutionVertex) -> u64 {
    vertex.grouping.out_channels.div_ceil(channels_at_once(vertex))
}

/// Whether the variant for 1×1 kernels applies: half inputs, float partials, and one row of outputs.
fn is_1x1_variant(vertex: &ConvolutionVertex, extent: &Extent) -> bool {
    vertex.input_type == ElementType::F16
        && vertex.partials_type == ElementType::F32
        && extent.kernel_elements() == 1
        && extent.rows == 1
        && vertex.stride == vertex.input_dilation
}

/// Worker cycles of one item of `positions` output positions.
const fn item_cycles(dot: DotProducts, is_1x1: bool, positions: u64) -> u64 {
    match (positions, is_1x1) {
        (0, _) => 7,
        (n, true) if dot.products == 1 => 14 + n * (2 + dot.cycles),
        (n, true) => 13 + n * (7 + dot.products * dot.cycles),
        (n, false) => 19 + n * (7 + dot.products * dot.cycles),
    }
}

/// Worker cycles that a worker saves at every kernel element by keeping its state.
const fn retained_state(is_1x1: bool, half: bool) -> u64 {
    match (is_1x1, half) {
        (true, _) => 15,
        (false, true) => 6,
        (false, false) => 0,
    }
}

pub(super) fn cycles(
    machine: &Machine,
    vertex: &ConvolutionVertex,
    extent: &Extent,
    count: Count,
) -> KernelCycles {
    let workers = u64::from(machine.workers);
    let half_input = vertex.input_type == ElementType::F16;
    let half_partials = vertex.partials_type == ElementType::F16;
    let dot = DotProducts::of(machine, vertex);
    let is_1x1 = is_1x1_variant(vertex, extent);

    // A worker's parts of rows are one item.
    let dealt = DealtRows::new(workers, extent.met_rows);
    let parts = dealt.parts * (extent.met_width + dealt.parts_per_row - 1) / dealt.parts_per_row;
    let whole = dealt.whole * item_cycles(dot, is_1x1, extent.met_width);
    let part = if dealt.parts > 0 {
        item_cycles(dot, is_1x1, parts)
    } else {
        0
    };
    let retained = retained_state(is_1x1, half_input);
    let inner = workers * (16 + extent.kernel_elements() * (16 - retained + whole + part));

    // The vendor takes the retained state of inputs from the type of the partial sums, and clears only the rows that a kernel
    // element meets: see `differences`.
    let (retained_start, cleared_rows) = match count {
        Count::Vendor => (retained_state(is_1x1, half_partials), extent.met_rows),
        Count::Machine => (retained, extent.rows),
    };
    let (groups, ins, outs) = (extent.group_blocks, extent.in_blocks, extent.out_blocks);
    let zero = if is_1x1 && ins == 1 {
        0
    } else {
        zero_partials_cycles(
            machine,
            vertex.partials_type,
            cleared_rows * extent.width * vertex.grouping.out_channels,
            groups * outs,
            count,
        )
    };
    let zero_call = workers * (9 + u64::from(half_partials));
    let start = if half_input { 65 } else { 58 } - if is_1x1 { 10 } else { 0 };

    let runs = groups * ins * outs * extent.kernel_elements();
    let per_position = dot.products * dot.streamed;
    let most_positions = dealt.whole * extent.met_width + parts;
    let beyond_mean = (workers * most_positions).saturating_sub(extent.met_positions());
    KernelCycles {
        total: start
            + zero_call
            + workers * retained_start
            + groups * (23 + ins * (15 + outs * (10 + inner)))
            + zero,
        streaming: runs * extent.met_positions() * per_position,
        weight_load: 0,
        worker_imbalance: runs * beyond_mean * per_position,
    }
}

pub(super) fn traffic(vertex: &ConvolutionVertex, extent: &Extent) -> Traffic {
    let out_blocks = extent.group_blocks * extent.out_blocks;
    let element_runs = out_blocks * extent.in_blocks * extent.kernel_elements() * extent.met_positions();
    // Each dot product loads its weights; its inputs are those of the other output channel done at once.
    let loads = vertex.grouping.out_channels + dot_products(vertex);
    let operands = element_runs * loads * vertex.grouping.in_channels * vertex.input_type.bytes();
    let partial_bytes = vertex.grouping.out_channels * vertex.partials_type.bytes();
    let accumulated = element_runs * partial_bytes;
    let cleared = if is_1x1_variant(vertex, extent) && extent.in_blocks == 1 {
        0
    } else {
        out_blocks * extent.positions() * partial_bytes
    };
    Traffic {
        read_bytes: operands + if cleared == 0 { 0 } else { accumulated },
        write_bytes: accumulated + cleared,
    }
}
