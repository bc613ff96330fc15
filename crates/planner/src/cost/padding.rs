//! Zeros that a kernel needs in a tile's inputs and weights (PopLibs `ConvModel.cpp` `addTileLevelTransformEstimates`).

use super::bytes::bytes_to_cycles;
use super::exchange::input_bytes_per_cycle;
use crate::plan::{Method, Partition, SLIC_WINDOW};
use crate::plan_cost::PlanCost;
use crate::setting::Setting;
use crate::{sizes::MAX_DIMENSIONS, tile::Tile};

/// Zeros in the tile's (inputs, weights).
fn zeros(setting: &Setting, partition: &Partition, tile: &Tile) -> (u64, u64) {
    match setting.method {
        Method::Amp { conv_units } => amp_zeros(setting, partition, tile, conv_units),
        Method::Slic { .. } => slic_zeros(setting, tile),
        Method::VerticalMac | Method::HorizontalMac | Method::OuterProduct => (0, 0),
    }
}

/// Kernel rows that the units hold beside each other: a unit's weights over the input channels of one block. With fewer units
/// than the types allow, each holds as many fewer weights.
fn kernel_rows(setting: &Setting, conv_units: u32) -> u64 {
    let input_type = setting.options.input_type;
    let available = setting
        .machine
        .conv_units_for(input_type, setting.vertex_partials)
        .unwrap_or(conv_units);
    let weights = u64::from(setting.machine.weights_per_conv_unit(input_type)) * u64::from(conv_units)
        / u64::from(available.max(1));
    (weights / setting.grouping.in_channels).max(1)
}

/// Kernel rows are filled up to the rows that the units hold beside each other; every row costs one input element per output
/// column.
fn amp_zeros(setting: &Setting, partition: &Partition, tile: &Tile, conv_units: u32) -> (u64, u64) {
    let rows = kernel_rows(setting, conv_units);
    let innermost = setting.shape.dimensions.len() - 1;
    if rows == 1 || innermost == 0 {
        return (0, 0);
    }
    let outer = innermost - 1;
    let dimension = &setting.shape.dimensions[outer];
    let mut kernel = tile.kernel[outer];
    // Where the largest share needs no padding, an uneven split leaves a share of one row less that does.
    if kernel.is_multiple_of(rows) && !dimension.kernel.is_multiple_of(partition.kernel[outer]) {
        kernel -= 1;
    }
    let added = kernel.next_multiple_of(rows) - kernel;
    let other_outputs: u64 = (0..MAX_DIMENSIONS)
        .filter(|&d| d != outer)
        .map(|d| tile.output[d])
        .product();
    let other_kernel: u64 = (0..MAX_DIMENSIONS)
        .filter(|&d| d != outer)
        .map(|d| tile.kernel[d])
        .product();
    let inputs = added * dimension.kernel_dilation * other_outputs * tile.input_planes();
    (inputs, added * other_kernel * tile.channel_pairs())
}

/// The kernel's width is filled up to whole windows; padding and dilation of the input are written out.
fn slic_zeros(setting: &Setting, tile: &Tile) -> (u64, u64) {
    let innermost = setting.shape.dimensions.len() - 1;
    let added = tile.kernel[innermost].next_multiple_of(SLIC_WINDOW) - tile.kernel[innermost];
    let mut padded: i64 = 1;
    for (d, dimension) in setting.shape.dimensions.iter().enumerate() {
        let extra = if d == innermost {
            added * dimension.kernel_dilation
        } else {
            0
        };
        let written_out = (tile.output[d] + extra - 1) * dimension.input_dilation + 1;
        padded *= written_out.cast_signed() + dimension.input_padding;
    }
    let plain: u64 = tile.output.iter().product();
    let inputs = padded.saturating_sub_unsigned(plain).max(0).cast_unsigned() * tile.input_planes();
    let other_kernel: u64 = tile.kernel.iter().product::<u64>() / tile.kernel[innermost].max(1);
    (inputs, added * other_kernel * tile.channel_pairs())
}

pub(super) fn add(setting: &Setting, partition: &Partition, tile: &Tile, cost: &mut PlanCost) {
    let element_bytes = setting.options.input_type.bytes();
    let (inputs, weights) = zeros(setting, partition, tile);
    let input_bytes = inputs * element_bytes;
    let weight_bytes = weights * element_bytes;
    cost.tile_transform = input_bytes.div_ceil(input_bytes_per_cycle(setting, partition))
        + bytes_to_cycles(setting.machine, weight_bytes);
    cost.tile_transform_bytes = input_bytes + weight_bytes;
}
