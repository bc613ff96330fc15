//! The share of the most loaded tile.

use super::plan::Partition;
use super::setting::Setting;
use super::sizes::{MAX_DIMENSIONS, Sizes};

/// What the most loaded tile computes in one iteration of the serial loop. Channels are whole channel groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tile {
    pub batch: u64,
    pub conv_groups: u64,
    pub in_channels: u64,
    pub out_channels: u64,
    pub output: Sizes,
    pub kernel: Sizes,
    pub input: Sizes,
}

impl Tile {
    pub(super) fn new(setting: &Setting, partition: &Partition) -> Self {
        let grouping = setting.grouping;
        let mut tile = Self {
            batch: setting.shape.batch.div_ceil(partition.batch),
            conv_groups: setting.conv_group_grains.div_ceil(partition.conv_group) * grouping.conv_groups,
            in_channels: setting
                .in_channel_grains
                .div_ceil(partition.in_channel_parallel * partition.in_channel_serial)
                * grouping.in_channels,
            out_channels: setting
                .out_channel_grains
                .div_ceil(partition.out_channel_parallel * partition.out_channel_serial)
                * grouping.out_channels,
            output: [1; MAX_DIMENSIONS],
            kernel: [1; MAX_DIMENSIONS],
            input: [1; MAX_DIMENSIONS],
        };
        for (d, dimension) in setting.shape.dimensions.iter().enumerate() {
            let grain = partition.field_grain[d];
            tile.output[d] = setting.output[d].div_ceil(grain).div_ceil(partition.field[d]) * grain;
            tile.kernel[d] = dimension.kernel.div_ceil(partition.kernel[d]);
            tile.input[d] = dimension.input_range(tile.output[d], tile.kernel[d]);
        }
        tile
    }

    /// Elements of one input channel, over groups and batch.
    pub(super) fn input_planes(&self) -> u64 {
        self.batch * self.conv_groups * self.in_channels
    }

    /// Weights of one kernel position.
    pub(super) fn channel_pairs(&self) -> u64 {
        self.conv_groups * self.in_channels * self.out_channels
    }

    pub(super) fn input_elements(&self) -> u64 {
        self.input.iter().product::<u64>() * self.input_planes()
    }

    pub(super) fn weight_elements(&self) -> u64 {
        self.kernel.iter().product::<u64>() * self.channel_pairs()
    }

    pub(super) fn partial_elements(&self) -> u64 {
        self.output.iter().product::<u64>() * self.batch * self.conv_groups * self.out_channels
    }
}
