//! Lower bounds while most splits are still open.

use super::super::plan::{Method, Partition};
use super::super::setting::Setting;
use super::bound::reduction_start;
use super::rate::KernelRate;

/// What the splits so far leave to a tile; `None` where that is still open.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Open {
    pub out_blocks: Option<u64>,
    pub in_blocks: Option<u64>,
    pub kernel_rows: Option<u64>,
    pub group_blocks: Option<u64>,
}

/// What the whole convolution is made of, in the units of [`KernelRate`].
#[derive(Debug, Clone)]
pub(super) struct OpenBound {
    rate: KernelRate,
    rearrangement: u64,
    /// Output positions of one channel, over the batch.
    positions: u64,
    /// Positions that the kernel visits: a dilated input skips some.
    visited: u64,
    /// Inputs of one channel that some output reads, over the batch.
    inputs: u64,
    kernel_rows: u64,
}

impl OpenBound {
    pub(super) fn new(setting: &Setting, rate: KernelRate, rearrangement: u64) -> Self {
        let shape = &setting.shape;
        let outer = &shape.dimensions[..shape.dimensions.len() - 1];
        let decimation: u64 = match setting.method {
            Method::Slic { .. } | Method::VerticalMac => 1,
            Method::Amp { .. } | Method::HorizontalMac | Method::OuterProduct => {
                shape.dimensions.iter().map(|d| d.input_dilation).product()
            }
        };
        let positions = shape.batch * setting.output.iter().product::<u64>();
        let inputs = shape
            .dimensions
            .iter()
            .map(|d| d.input.min(d.output().div_ceil(d.input_dilation)));
        Self {
            rate,
            rearrangement,
            positions,
            visited: positions / decimation.max(1),
            inputs: shape.batch * inputs.product::<u64>(),
            kernel_rows: outer.iter().map(|d| d.kernel).product(),
        }
    }

    /// Cycles at least, when `tiles` tiles share what is open.
    pub(super) fn cycles(&self, setting: &Setting, partition: &Partition, tiles: u64, open: Open) -> u64 {
        let (blocks, units) = self.work(setting, partition, tiles, open);
        let compute = self.rate.cycles(blocks, units);
        let reduce = reduction_start(setting, partition.reduction_depth());
        let exchange = open.out_blocks.map_or(0, |out_blocks| {
            self.partial_cycles(setting, tiles, open, out_blocks)
                + self.input_cycles(setting, partition, tiles, open)
        });
        partition.serial() * (self.rearrangement + compute + exchange + reduce)
    }

    /// Blocks, as far as they are chosen, and units of work on the most loaded tile.
    fn work(&self, setting: &Setting, partition: &Partition, tiles: u64, open: Open) -> (u64, u64) {
        let mut chosen = 1;
        let mut shared = self.visited;
        for (blocks, whole) in [
            (open.out_blocks, setting.out_channel_grains),
            (open.in_blocks, setting.in_channel_grains),
            (open.kernel_rows, self.kernel_rows),
            (open.group_blocks, setting.conv_group_grains),
        ] {
            match blocks {
                Some(blocks) => chosen *= blocks,
                None => shared *= whole,
            }
        }
        // What is not split yet is taken in slices too.
        let mut sharers = tiles;
        if open.out_blocks.is_none() {
            sharers *= partition.out_channel_serial;
        }
        if open.in_blocks.is_none() {
            sharers *= partition.in_channel_serial;
        }
        (chosen, chosen * shared.div_ceil(sharers))
    }

    /// `elements` of each group, on the most loaded tile.
    fn over_groups(setting: &Setting, tiles: u64, open: Open, elements: u64) -> u64 {
        let block = setting.grouping.conv_groups;
        match open.group_blocks {
            Some(blocks) => elements.div_ceil(tiles) * blocks * block,
            None => (elements * setting.conv_group_grains).div_ceil(tiles) * block,
        }
    }

    /// Temporary bytes of inputs and partial sums at least, when `tiles` tiles share what is open: the kernel holds both at once
    /// (`cost::memory`), and only a loop over output channels or input channels takes them in parts.
    pub(super) fn bytes(&self, setting: &Setting, partition: &Partition, tiles: u64, open: Open) -> u64 {
        let planes = |blocks: Option<u64>, whole: u64, serial: u64, positions: u64| match blocks {
            Some(blocks) => Self::over_groups(setting, tiles, open, positions) * blocks,
            None => Self::over_groups(setting, tiles * serial, open, positions * whole),
        };
        let outputs = planes(
            open.out_blocks,
            setting.out_channel_grains,
            partition.out_channel_serial,
            self.positions,
        ) * setting.grouping.out_channels;
        let inputs = planes(
            open.in_blocks,
            setting.in_channel_grains,
            partition.in_channel_serial,
            self.inputs,
        ) * setting.grouping.in_channels;
        outputs * setting.vertex_partials.bytes() + inputs * setting.options.input_type.bytes()
    }

    fn partial_cycles(&self, setting: &Setting, tiles: u64, open: Open, out_blocks: u64) -> u64 {
        let outputs = Self::over_groups(setting, tiles, open, self.positions)
            * out_blocks
            * setting.grouping.out_channels;
        outputs * setting.exchanged_partials().bytes() / u64::from(setting.machine.exchange_bytes_per_cycle)
    }

    fn input_cycles(&self, setting: &Setting, partition: &Partition, tiles: u64, open: Open) -> u64 {
        let sharers = partition.out_channel_parallel;
        if sharers == 1 || partition.broadcast_input_before_loop {
            return 0;
        }
        let channels = match open.in_blocks {
            Some(blocks) => Self::over_groups(setting, tiles, open, self.inputs) * blocks,
            None => Self::over_groups(
                setting,
                tiles * partition.in_channel_serial,
                open,
                self.inputs * setting.in_channel_grains,
            ),
        };
        let elements = channels * setting.grouping.in_channels;
        let missing = elements - elements.div_ceil(sharers);
        let rate = setting.machine.exchange_bytes_per_cycle * setting.machine.tiles_per_exchange_bus;
        missing * setting.options.input_type.bytes() / u64::from(rate)
    }
}
