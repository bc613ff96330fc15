//! What a loop over channel slices adds (PopLibs `ConvModel.cpp` `addDynamicSliceEstimate`, `addInPlaceEstimate`,
//! `addOutputCastEstimate`).

use tilesim_codelets::reduction::cast_cycles;
use tilesim_machine::{ElementType, Machine};

use super::bytes::bytes_to_cycles;
use crate::plan::Partition;
use crate::plan_cost::PlanCost;
use crate::setting::Setting;
use crate::tile::Tile;

/// Supervisor cycles of a dynamic slice, then worker cycles of start-up and of one slice.
const SLICE_SUPERVISOR: u64 = 25;
const SLICE_START: u64 = 39;
const SLICE_OVERHEAD: u64 = 24;
/// Supervisor cycles of an addition in place, its worker start-up, and the worker cycles of one vector.
const ADD_SUPERVISOR: u64 = 11;
const ADD_START: u64 = 58;
const ADD_CYCLES_PER_VECTOR: u64 = 3;

/// Tile cycles to copy one slice of `elements` (popops `DynamicSlice1d`).
fn dynamic_slice_cycles(machine: &Machine, element_type: ElementType, elements: u64) -> u64 {
    let workers = u64::from(machine.workers);
    let vectors = elements.div_ceil(workers) / machine.vector_width(element_type);
    SLICE_SUPERVISOR + workers * (SLICE_START + SLICE_OVERHEAD + 2 * vectors)
}

/// Tile cycles of an addition in place of `elements` (popops `BinaryOp1DInPlace`, add).
fn add_in_place_cycles(machine: &Machine, element_type: ElementType, elements: u64) -> u64 {
    let workers = u64::from(machine.workers);
    let vectors = elements
        .div_ceil(workers)
        .div_ceil(machine.vector_width(element_type));
    ADD_SUPERVISOR + workers * (ADD_START + ADD_CYCLES_PER_VECTOR * vectors)
}

/// Tile cycles of a slice of one element.
pub(crate) fn least_slice_cycles(machine: &Machine) -> u64 {
    SLICE_SUPERVISOR + u64::from(machine.workers) * (SLICE_START + SLICE_OVERHEAD)
}

/// Cycles of slicing, updating and accumulating in one iteration at least, however the tiles share the work.
pub(crate) fn least_cycles(setting: &Setting, partition: &Partition) -> u64 {
    let serial = partition.serial();
    if serial == 1 {
        return 0;
    }
    let (machine, options) = (setting.machine, setting.options);
    let input_type = options.input_type;
    let tiles = u64::from(machine.tiles);
    let (inputs, weights) = operand_elements(setting);
    let mut cycles = dynamic_slice_cycles(machine, input_type, weights.div_ceil(tiles).div_ceil(serial));
    if partition.in_channel_serial > 1 {
        let slice = inputs.div_ceil(tiles).div_ceil(partition.in_channel_serial);
        cycles += dynamic_slice_cycles(machine, input_type, slice)
            + add_in_place_cycles(machine, options.partials_type, 1);
    }
    if partition.out_channel_serial > 1 {
        cycles += dynamic_slice_cycles(machine, input_type, 1);
    }
    cycles
}

/// Elements of all inputs and of all weights, padded channels among them.
fn operand_elements(setting: &Setting) -> (u64, u64) {
    let shape = setting.shape;
    let conv_groups = setting.conv_group_grains * setting.grouping.conv_groups;
    let in_channels = setting.in_channel_grains * setting.grouping.in_channels;
    let out_channels = setting.out_channel_grains * setting.grouping.out_channels;
    (
        shape.batch * conv_groups * in_channels * shape.input_field(),
        shape.kernel_field() * conv_groups * in_channels * out_channels,
    )
}

pub(super) fn add(setting: &Setting, partition: &Partition, tile: &Tile, cost: &mut PlanCost) {
    let serial = partition.serial();
    if serial == 1 {
        return;
    }
    let machine = setting.machine;
    let input_type = setting.options.input_type;
    let tiles = partition.tiles();
    let (inputs, weights) = operand_elements(setting);
    let outputs = tile.partial_elements().div_ceil(partition.reduction_depth());

    cost.dynamic_slice = dynamic_slice_cycles(machine, input_type, weights.div_ceil(tiles).div_ceil(serial));
    if setting.options.purpose.trains_fully_connected() && setting.joint.is_none() {
        // Weights of a fully connected layer come to lie as they will be sliced, once, an element a cycle (PopLibs `ConvModel.cpp`
        // `addRearrangeBeforeSliceEstimate`).
        let held = weights.div_ceil(tiles);
        let bytes = held * input_type.bytes();
        cost.rearrange_before_slice = bytes_to_cycles(machine, bytes) + held;
        cost.rearranged_weight_bytes = bytes;
    }
    if partition.in_channel_serial > 1 {
        let slice = inputs.div_ceil(tiles).div_ceil(partition.in_channel_serial);
        cost.dynamic_slice += dynamic_slice_cycles(machine, input_type, slice);

        let partials_type = setting.options.partials_type;
        cost.add_in_place = add_in_place_cycles(machine, partials_type, outputs);
        cost.output_cast = cast_cycles(machine, partials_type, input_type, outputs);
        cost.add_in_place_bytes = outputs * partials_type.bytes();
    }
    if partition.out_channel_serial > 1 {
        let slice = outputs.div_ceil(partition.out_channel_serial);
        cost.dynamic_update = dynamic_slice_cycles(machine, input_type, slice);
    }
}
