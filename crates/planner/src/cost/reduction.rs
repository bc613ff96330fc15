//! Reduction of partial sums over tiles (PopLibs `ConvReducePlan.cpp`, `PerformanceEstimation.hpp` `estimateConvReduceCycles`).

use tilesim_codelets::reduction::{ConvolutionReduce, convolution_reduce_cycles, stage_depths};

use super::bytes::bytes_to_cycles;
use crate::plan::Partition;
use crate::plan_cost::PlanCost;
use crate::setting::Setting;
use crate::tile::Tile;

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
    let reduce = ConvolutionReduce {
        partials_type: setting.vertex_partials,
        output_type,
        outputs_per_tile: partials.div_ceil(depth),
        depth,
        multi_stage,
        fast: false,
        // The output type says it already.
        accumulated_in_loop: false,
    };
    cost.reduce = convolution_reduce_cycles(machine, &reduce);

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
