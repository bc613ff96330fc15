//! Partial plans of which all but the splits of batch and field are chosen.

use super::super::cost::weight_cycles;
use super::super::plan::Partition;
use super::super::setting::Setting;
use super::super::tile::Tile;
use super::bound::{ComputeBound, ExchangeBound};

/// A partial plan of which only the splits of batch and field are open.
pub(super) struct Node {
    compute: ComputeBound,
    exchange: ExchangeBound,
    weight_elements: u64,
    serial: u64,
    broadcast: bool,
    fixed: u64,
}

impl Node {
    pub(super) fn new(setting: &Setting, partition: &Partition, tile: &Tile, rearrangement: u64) -> Self {
        Self {
            compute: ComputeBound::new(setting, tile),
            exchange: ExchangeBound::new(
                setting,
                tile,
                partition.out_channel_parallel,
                partition.reduction_depth(),
            ),
            weight_elements: tile.weight_elements(),
            serial: partition.serial(),
            broadcast: partition.broadcast_input_before_loop,
            fixed: rearrangement,
        }
    }

    /// Cycles at least, with `positions` outputs on the tile, were all its weights already there.
    pub(super) fn bound_without_weights(&mut self, setting: &Setting, positions: u64) -> u64 {
        let iteration = self.fixed
            + self.exchange.cycles(setting, positions, self.broadcast)
            + self.compute.cycles(setting, positions);
        self.serial * iteration
    }

    /// Temporary bytes at least, with `positions` outputs on the tile.
    pub(super) fn bytes(&self, setting: &Setting, positions: u64) -> u64 {
        self.weight_elements * setting.options.input_type.bytes() + self.exchange.bytes(positions)
    }

    /// Cycles to fetch the weights that `sharers` tiles share.
    pub(super) fn weights(&self, setting: &Setting, sharers: u64) -> u64 {
        self.serial * weight_cycles(setting, self.weight_elements, sharers)
    }
}
