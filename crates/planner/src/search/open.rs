//! Lower bounds while most splits are still open.

use super::super::cost::RearrangedBytes;
use super::super::plan::{Method, Partition};
use super::super::setting::Setting;
use super::bound::reduction_cycles;
use super::rate::KernelRate;

/// How many of the splits are chosen, in the order of the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// None.
    Root,
    /// That of output channels.
    OutChannels,
    /// That of input channels too.
    InChannels,
    /// Those of the kernel too.
    Kernel,
    /// That of groups too: only batch and field are open.
    ConvGroups,
}

impl Level {
    const COUNT: usize = 5;
}

/// What the splits so far leave to a tile: blocks and kernel rows, 1 where that is still open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    level: Level,
    out_blocks: u64,
    in_blocks: u64,
    kernel_rows: u64,
    group_blocks: u64,
}

impl Open {
    /// Nothing is chosen.
    pub(super) const ROOT: Self = Self {
        level: Level::Root,
        out_blocks: 1,
        in_blocks: 1,
        kernel_rows: 1,
        group_blocks: 1,
    };

    pub(super) const fn with_out_blocks(self, out_blocks: u64) -> Self {
        Self {
            level: Level::OutChannels,
            out_blocks,
            ..self
        }
    }

    pub(super) const fn with_in_blocks(self, in_blocks: u64) -> Self {
        Self {
            level: Level::InChannels,
            in_blocks,
            ..self
        }
    }

    pub(super) const fn with_kernel_rows(self, kernel_rows: u64) -> Self {
        Self {
            level: Level::Kernel,
            kernel_rows,
            ..self
        }
    }

    pub(super) const fn with_group_blocks(self, group_blocks: u64) -> Self {
        Self {
            level: Level::ConvGroups,
            group_blocks,
            ..self
        }
    }

    /// Blocks and kernel rows on a tile at least.
    pub(super) const fn blocks(&self) -> u64 {
        self.out_blocks * self.in_blocks * self.kernel_rows * self.group_blocks
    }
}

/// What every iteration of a plan takes beside what its splits decide, and what the plan takes once.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fixed {
    /// Cycles of one iteration.
    pub iteration: u64,
    /// Cycles before the loop.
    pub once: u64,
    /// Temporary bytes of rearrangements.
    pub rearranged: RearrangedBytes,
    /// Whether the loop keeps its inputs.
    pub broadcast: bool,
}

impl Fixed {
    /// Temporary bytes of a plan whose kernel takes so many: it holds all of its operands at once, while none is rearranged, but for
    /// inputs that a loop keeps (`PlanCost::temporary_bytes`).
    pub(super) fn temporary_bytes(&self, kernel: OperandBytes) -> u64 {
        let RearrangedBytes { transform, broadcast } = self.rearranged;
        if self.broadcast {
            broadcast + kernel.inputs + transform.max(kernel.others)
        } else {
            transform.max(kernel.inputs + kernel.others)
        }
    }
}

/// Bytes of the operands that the kernel of the most loaded tile takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OperandBytes {
    /// Inputs.
    pub inputs: u64,
    /// Weights and partial sums.
    pub others: u64,
}

/// What the whole convolution is made of, in the units of [`KernelRate`].
#[derive(Debug, Clone)]
pub(super) struct OpenBound {
    rate: KernelRate,
    /// Output positions of one channel, over the batch.
    positions: u64,
    /// Positions that the kernel visits (a dilated input skips some), times the blocks that are open at each level.
    visited: [u64; Level::COUNT],
    /// Blocks and kernel rows that are open at each level.
    open_blocks: [u64; Level::COUNT],
    /// Inputs of one channel that some output reads, over the batch.
    inputs: u64,
    /// Cycles to receive the weights of one row of a block.
    block_weight_cycles: f64,
    exchanged: Exchanged,
}

impl OpenBound {
    pub(super) fn new(setting: &Setting, rate: KernelRate, exchanged: Exchanged) -> Self {
        let shape = setting.shape;
        let innermost = shape.dimensions.len() - 1;
        let decimation: u64 = match setting.method {
            Method::Slic { .. } | Method::VerticalMac => 1,
            Method::Amp { .. } | Method::HorizontalMac | Method::OuterProduct => {
                shape.dimensions.iter().map(|d| d.input_dilation).product()
            }
        };
        let positions = shape.batch * setting.output.iter().product::<u64>();
        let kernel_rows: u64 = shape.dimensions[..innermost].iter().map(|d| d.kernel).product();
        let mut open_blocks = [1; Level::COUNT];
        for (level, blocks) in [
            (Level::Kernel, setting.conv_group_grains),
            (Level::InChannels, kernel_rows),
            (Level::OutChannels, setting.in_channel_grains),
            (Level::Root, setting.out_channel_grains),
        ] {
            open_blocks[level as usize] = open_blocks[level as usize + 1] * blocks;
        }
        let visited = positions / decimation.max(1);
        let grouping = setting.grouping;
        let block_weights = grouping.conv_groups
            * grouping.in_channels
            * grouping.out_channels
            * shape.dimensions[innermost].kernel;
        Self {
            rate,
            exchanged,
            positions,
            visited: open_blocks.map(|blocks| visited * blocks),
            open_blocks,
            inputs: shape.batch * read_inputs(setting),
            block_weight_cycles: exchange_cycles(
                setting,
                (block_weights * setting.options.input_type.bytes()) as f64,
            ),
        }
    }

    /// Cycles of every plan at least, when `tiles` tiles share what is open; none where `cut` holds for them.
    pub(super) fn least_uncut(
        &self,
        setting: &Setting,
        partition: &Partition,
        tiles: u64,
        open: Open,
        fixed: Fixed,
        cut: impl Fn(u64) -> bool,
    ) -> Option<u64> {
        // The kernel alone settles much.
        let compute = self.compute_cycles(partition, tiles, open);
        if cut(partition.serial() * (fixed.iteration + compute) + fixed.once) {
            return None;
        }
        let least = self.cycles_around(setting, partition, tiles, open, fixed, compute);
        if cut(least) {
            return None;
        }
        // Either many tiles share the same weights, and each lacks most of them; or few tiles share anything at all.
        let open_blocks = self.open_blocks[open.level as usize];
        let few = tiles / (2 * open_blocks);
        if open.level < Level::InChannels || few == 0 {
            return Some(least);
        }
        let weights = self.weight_cycles(open, few + 1, open_blocks.min(tiles / (few + 1)));
        let shared = least + partition.serial() * weights;
        let few = self.cycles(setting, partition, few * open_blocks, open, fixed);
        let least = least.max(shared.min(few));
        (!cut(least)).then_some(least)
    }

    /// Cycles at least, when `tiles` tiles share what is open.
    pub(super) fn cycles(
        &self,
        setting: &Setting,
        partition: &Partition,
        tiles: u64,
        open: Open,
        fixed: Fixed,
    ) -> u64 {
        let compute = self.compute_cycles(partition, tiles, open);
        self.cycles_around(setting, partition, tiles, open, fixed, compute)
    }

    /// Cycles of the kernel at least.
    fn compute_cycles(&self, partition: &Partition, tiles: u64, open: Open) -> u64 {
        // What is not split yet is taken in slices too.
        let mut sharers = tiles;
        if open.level < Level::OutChannels {
            sharers *= partition.out_channel_serial;
        }
        if open.level < Level::InChannels {
            sharers *= partition.in_channel_serial;
        }
        let blocks = open.blocks();
        let units = blocks * self.visited[open.level as usize].div_ceil(sharers);
        self.rate.cycles(blocks, units)
    }

    /// Cycles at least around a kernel that takes so many.
    fn cycles_around(
        &self,
        setting: &Setting,
        partition: &Partition,
        tiles: u64,
        open: Open,
        fixed: Fixed,
        compute: u64,
    ) -> u64 {
        let mut iteration = fixed.iteration + compute;
        let mut once = fixed.once;
        if open.level == Level::Root {
            iteration += self.exchanged.slice(partition).least_cycles(setting, tiles);
        } else {
            let partials = self.partials(setting, tiles, open);
            let mut partial_cycles =
                exchange_cycles(setting, (partials * setting.exchanged_partials().bytes()) as f64) as u64;
            if open.level == Level::OutChannels {
                partial_cycles =
                    partial_cycles.max(self.partial_and_weight_cycles(setting, partition, tiles, open));
            }
            let inputs = self.input_cycles(setting, partition, tiles, open);
            if partition.broadcast_input_before_loop {
                once += inputs;
            } else {
                iteration += inputs;
            }
            iteration += partial_cycles + reduction_cycles(setting, partition.reduction_depth(), partials);
        }
        partition.serial() * iteration + once
    }

    /// Cycles to receive weights at least, where `sharers` or more tiles share them and `tiles` share the blocks that are open.
    fn weight_cycles(&self, open: Open, sharers: u64, tiles: u64) -> u64 {
        let blocks = open.blocks() * self.open_blocks[open.level as usize].div_ceil(tiles);
        let missing = 1.0 - 1.0 / sharers as f64;
        (blocks as f64 * self.block_weight_cycles * missing) as u64
    }

    /// Cycles to receive partial sums and weights at least, when `tiles` tiles share all but the output channels: more tiles for
    /// different positions leave fewer partial sums to each, but more weights that it lacks.
    fn partial_and_weight_cycles(
        &self,
        setting: &Setting,
        partition: &Partition,
        tiles: u64,
        open: Open,
    ) -> u64 {
        let groups = setting.conv_group_grains;
        let partials = self.positions
            * groups
            * setting.grouping.conv_groups
            * open.out_blocks
            * setting.grouping.out_channels
            * setting.exchanged_partials().bytes();
        let weights = (open.out_blocks * self.open_blocks[Level::OutChannels as usize]) as f64
            / partition.in_channel_serial as f64
            * self.block_weight_cycles;
        let (tiles, split_groups) = (tiles as f64, groups.min(tiles) as f64);
        let partials = exchange_cycles(setting, partials as f64) / split_groups;
        let weights = weights / tiles;
        // Of s tiles for different positions each receives partials / s + weights · (s - 1).
        let positions = (partials / weights).sqrt().clamp(1.0, tiles / split_groups);
        (partials / positions + weights * (positions - 1.0)) as u64
    }

    /// `elements` of each group, on the most loaded tile.
    fn over_groups(setting: &Setting, tiles: u64, open: Open, elements: u64) -> u64 {
        let block = setting.grouping.conv_groups;
        if open.level == Level::ConvGroups {
            elements.div_ceil(tiles) * open.group_blocks * block
        } else {
            (elements * setting.conv_group_grains).div_ceil(tiles) * block
        }
    }

    /// Partial sums on the most loaded tile, where the split of output channels is chosen.
    fn partials(&self, setting: &Setting, tiles: u64, open: Open) -> u64 {
        Self::over_groups(setting, tiles, open, self.positions)
            * open.out_blocks
            * setting.grouping.out_channels
    }

    /// Inputs on the most loaded tile.
    fn inputs(&self, setting: &Setting, partition: &Partition, tiles: u64, open: Open) -> u64 {
        let channels = if open.level < Level::InChannels {
            Self::over_groups(
                setting,
                tiles * partition.in_channel_serial,
                open,
                self.inputs * setting.in_channel_grains,
            )
        } else {
            Self::over_groups(setting, tiles, open, self.inputs) * open.in_blocks
        };
        channels * setting.grouping.in_channels
    }

    /// Temporary bytes of inputs and partial sums at least, when `tiles` tiles share what is open: only a loop over output channels or
    /// input channels takes them in parts.
    pub(super) fn bytes(
        &self,
        setting: &Setting,
        partition: &Partition,
        tiles: u64,
        open: Open,
    ) -> OperandBytes {
        let outputs = if open.level == Level::Root {
            Self::over_groups(
                setting,
                tiles * partition.out_channel_serial,
                open,
                self.positions * setting.out_channel_grains,
            ) * setting.grouping.out_channels
        } else {
            self.partials(setting, tiles, open)
        };
        let inputs = self.inputs(setting, partition, tiles, open);
        OperandBytes {
            inputs: inputs * setting.options.input_type.bytes(),
            others: outputs * setting.vertex_partials.bytes(),
        }
    }

    fn input_cycles(&self, setting: &Setting, partition: &Partition, tiles: u64, open: Open) -> u64 {
        let sharers = partition.out_channel_parallel;
        if sharers == 1 {
            return 0;
        }
        let elements = self.inputs(setting, partition, tiles, open);
        let missing = elements - elements.div_ceil(sharers);
        missing * setting.options.input_type.bytes() / input_rate(setting)
    }
}

/// Inputs of one channel and batch element that some output reads at least.
fn read_inputs(setting: &Setting) -> u64 {
    let dimensions = setting.shape.dimensions.iter();
    dimensions
        .zip(&setting.output)
        .map(|(d, output)| d.input.min(output.div_ceil(d.input_dilation)))
        .product()
}

/// Cycles in which a tile receives `bytes`.
fn exchange_cycles(setting: &Setting, bytes: f64) -> f64 {
    bytes / f64::from(setting.machine.exchange_bytes_per_cycle)
}

/// Bytes of inputs that a tile receives in a cycle at most.
fn input_rate(setting: &Setting) -> u64 {
    u64::from(setting.machine.exchange_bytes_per_cycle) * u64::from(setting.machine.tiles_per_exchange_bus)
}

/// Cycles in which one tile would receive all partial sums, weights and inputs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exchanged {
    partials: f64,
    weights: f64,
    inputs: f64,
}

impl Exchanged {
    pub(super) fn of(setting: &Setting) -> Self {
        let grouping = setting.grouping;
        let groups = setting.conv_group_grains * grouping.conv_groups;
        let in_channels = groups * setting.in_channel_grains * grouping.in_channels;
        let out_channels = setting.out_channel_grains * grouping.out_channels;
        let shape = setting.shape;
        let partials = shape.batch * setting.output.iter().product::<u64>() * groups * out_channels;
        let weights = in_channels * out_channels * shape.kernel_field();
        let inputs = shape.batch * read_inputs(setting) * in_channels;
        let bytes = setting.options.input_type.bytes();
        Self {
            partials: exchange_cycles(setting, (partials * setting.exchanged_partials().bytes()) as f64),
            weights: exchange_cycles(setting, (weights * bytes) as f64),
            inputs: (inputs * bytes) as f64 / input_rate(setting) as f64,
        }
    }

    /// Those of one iteration.
    fn slice(self, partition: &Partition) -> Self {
        let in_serial = partition.in_channel_serial as f64;
        let out_serial = partition.out_channel_serial as f64;
        Self {
            partials: self.partials / out_serial,
            weights: self.weights / (in_serial * out_serial),
            inputs: if partition.broadcast_input_before_loop {
                0.0
            } else {
                self.inputs / in_serial
            },
        }
    }

    /// Cycles of the exchange at least, however `tiles` tiles share the work.
    ///
    /// Let s tiles take different positions, o different output channels, g different groups, and the others the products of the
    /// same outputs. Then a tile receives at least partials / (s · o · g) + (weights · (s - 1) + inputs · (o - 1)) / tiles, and
    /// weights · s + inputs · o is at least twice the root of their product, of which only s · o is left to be chosen.
    pub(super) fn least_cycles(self, setting: &Setting, tiles: u64) -> u64 {
        let groups = setting.conv_group_grains.min(tiles) as f64;
        let tiles = tiles as f64;
        let partials = self.partials / groups;
        let operands = 2.0 * (self.weights * self.inputs).sqrt() / tiles;
        let root = (2.0 * partials / operands)
            .cbrt()
            .clamp(1.0, (tiles / groups).sqrt());
        let least = partials / (root * root) + operands * root - (self.weights + self.inputs) / tiles;
        // Nor can more tiles than there are share the partial sums.
        least.max(self.partials / tiles) as u64
    }
}
