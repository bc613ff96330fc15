//! Temporary memory of the kernel's own operands (PopLibs `ConvModel.cpp` `addConvTempMemoryEstimate`), and by the machine's count
//! what that estimate leaves out.

use tilesim_codelets::{Count, reduction::stage_depths};

use crate::plan::{Method, Partition};
use crate::plan_cost::PlanCost;
use crate::setting::Setting;
use crate::tile::Tile;

/// Bytes that the SLIC kernel's scratch output buffer holds beyond one block of conv groups.
const SLIC_SCRATCH_BYTES: u64 = 200;

pub(super) fn add(setting: &Setting, partition: &Partition, tile: &Tile, cost: &mut PlanCost) {
    let element_bytes = setting.options.input_type.bytes();
    let partial_bytes = setting.vertex_partials.bytes();
    let inputs = tile.input_elements() * element_bytes;
    let partials = tile.partial_elements();
    cost.partials_bytes = partials * partial_bytes;
    if matches!(setting.method, Method::Slic { .. }) {
        let blocks = tile.conv_groups / setting.grouping.conv_groups;
        cost.partials_bytes += partials.div_ceil(blocks) * partial_bytes + SLIC_SCRATCH_BYTES;
    }
    let mut bytes = tile.weight_elements() * element_bytes + cost.partials_bytes;
    if partition.broadcast_input_before_loop {
        cost.broadcast_input_bytes += inputs;
    } else {
        bytes += inputs;
    }
    cost.convolution_bytes = bytes;
    if setting.count == Count::Machine {
        if setting.method == Method::VerticalMac {
            // Every worker has accumulators of its own (PopLibs `ConvVertices.cpp` `createConvPartialVerticalMacVertex`).
            cost.accumulator_bytes = u64::from(setting.machine.workers) * partials * partial_bytes;
        }
        if setting.combined_groups > 1 {
            // Of the channels of either side, those of one group are no zeros.
            let groups = |own: u64, of_shape: u64| own / (of_shape / setting.combined_groups).max(1);
            let inputs = groups(tile.in_channels, setting.shape.in_channels);
            let outputs = groups(tile.out_channels, setting.shape.out_channels);
            let spread = inputs.min(outputs).clamp(1, setting.combined_groups);
            cost.diagonal_bytes = tile.weight_elements() / spread * element_bytes;
        }
        cost.sums_bytes = sums_bytes(setting, partition, tile);
    }
}

/// What lives while partial sums are added up, or become another type: those of the tile, those that it receives, and the sums.
fn sums_bytes(setting: &Setting, partition: &Partition, tile: &Tile) -> u64 {
    let partial_bytes = setting.vertex_partials.bytes();
    let sum_type = if partition.in_channel_serial > 1 {
        setting.vertex_partials
    } else {
        setting.options.input_type
    };
    let depth = partition.reduction_depth();
    let partials = tile.partial_elements();
    let held = partials * partial_bytes;
    // Tiles share out positions and channels, not single elements: the largest share may be twice the even one.
    let share = (2 * partials.div_ceil(depth)).min(partials);
    match stage_depths(depth, setting.options.multi_stage_reduce).len() {
        _ if depth == 1 && sum_type == setting.vertex_partials => 0,
        _ if depth == 1 => held + partials * sum_type.bytes(),
        1 => 2 * held + share * sum_type.bytes(),
        // Sums of groups are kept as partial sums are.
        _ => 3 * held,
    }
}
