//! Partial plans of which all but the splits of batch and field are chosen.

use super::super::cost::weight_cycles;
use super::super::plan::Partition;
use super::super::setting::Setting;
use super::super::tile::Tile;
use super::bound::{ComputeBound, ExchangeBound};
use super::open::{Fixed, Open, OperandBytes};
use super::rate::KernelRate;

/// A partial plan of which only the splits of batch and field are open.
pub(super) struct Node {
    compute: ComputeBound,
    rate: KernelRate,
    /// Blocks and kernel rows that the kernel loops over.
    blocks: u64,
    exchange: ExchangeBound,
    weight_elements: u64,
    serial: u64,
    fixed: Fixed,
    least_compute: u64,
}

impl Node {
    /// The plan of `partition`, whose most loaded tile is `tile`; it only has what [`Node::enter`] does not change.
    pub(super) fn new(setting: &Setting, rate: KernelRate, partition: &Partition, tile: &Tile) -> Self {
        Self {
            compute: ComputeBound::new(setting, tile),
            rate,
            blocks: 1,
            exchange: ExchangeBound::new(
                setting,
                tile,
                partition.out_channel_parallel,
                partition.reduction_depth(),
            ),
            weight_elements: tile.weight_elements(),
            serial: partition.serial(),
            fixed: Fixed::default(),
            least_compute: 0,
        }
    }

    /// Becomes the partial plan of `partition`, which leaves what `open` says.
    pub(super) fn enter(
        &mut self,
        setting: &Setting,
        partition: &Partition,
        tile: &Tile,
        open: Open,
        fixed: Fixed,
    ) {
        self.compute.enter(setting, tile);
        self.blocks = open.blocks();
        self.exchange = ExchangeBound::new(
            setting,
            tile,
            partition.out_channel_parallel,
            partition.reduction_depth(),
        );
        self.weight_elements = tile.weight_elements();
        self.serial = partition.serial();
        self.fixed = fixed;
    }

    /// Cycles at least, with `positions` outputs on the tile, were all its weights already there.
    pub(super) fn bound_without_weights(&mut self, setting: &Setting, positions: u64) -> u64 {
        self.least_compute = self.compute.cycles(setting, positions);
        self.with_compute(setting, positions, self.least_compute)
    }

    /// As [`Node::bound_without_weights`], but lower: the kernel is not asked, only its rate.
    pub(super) fn glance_without_weights(&self, setting: &Setting, positions: u64) -> u64 {
        let units = self.blocks * self.compute.visited(positions);
        self.with_compute(setting, positions, self.rate.cycles(self.blocks, units))
    }

    fn with_compute(&self, setting: &Setting, positions: u64, compute: u64) -> u64 {
        let mut iteration = self.fixed.iteration + self.exchange.partial_cycles(setting, positions) + compute;
        let mut once = self.fixed.once;
        let inputs = self.exchange.input_cycles(positions);
        if self.fixed.broadcast {
            once += inputs;
        } else {
            iteration += inputs;
        }
        self.serial * iteration + once
    }

    /// Cycles of the kernel at least, with the positions of the last bound.
    pub(super) const fn least_compute(&self) -> u64 {
        self.least_compute
    }

    /// Temporary bytes at least, with `positions` outputs on the tile.
    pub(super) fn bytes(&self, setting: &Setting, positions: u64) -> u64 {
        self.fixed.temporary_bytes(OperandBytes {
            inputs: self.exchange.input_bytes(positions),
            others: self.weight_elements * setting.options.input_type.bytes()
                + self.exchange.partial_bytes(positions),
        })
    }

    /// Cycles to fetch the weights that `sharers` tiles share.
    pub(super) fn weights(&self, setting: &Setting, sharers: u64) -> u64 {
        self.serial * weight_cycles(setting, self.weight_elements, sharers)
    }
}
