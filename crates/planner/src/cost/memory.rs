//! Temporary memory of the kernel's own operands (PopLibs `ConvModel.cpp` `addConvTempMemoryEstimate`).

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
}
