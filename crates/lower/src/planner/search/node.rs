//! Partial plans of which all but the splits of batch and field are chosen.

use super::super::cost::weight_cycles;
use super::super::plan::Partition;
use super::super::setting::Setting;
use super::super::tile::Tile;
use super::bound::{ComputeBound, ExchangeBound};
use super::open::Fixed;

/// A partial plan of which only the splits of batch and field are open.
pub(super) struct Node {
    compute: ComputeBound,
    exchange: ExchangeBound,
    weight_elements: u64,
    serial: u64,
    broadcast: bool,
    fixed: Fixed,
}

impl Node {
    pub(super) fn new(setting: &Setting, partition: &Partition, tile: &Tile, fixed: Fixed) -> Self {
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
            fixed,
        }
    }

    /// Cycles at least, with `positions` outputs on the tile, were all its weights already there.
    pub(super) fn bound_without_weights(&mut self, setting: &Setting, positions: u64) -> u64 {
        let mut iteration = self.fixed.iteration
            + self.exchange.partial_cycles(setting, positions)
            + self.compute.cycles(setting, positions);
        let mut once = self.fixed.once;
        let inputs = self.exchange.input_cycles(positions);
        if self.broadcast {
            once += inputs;
        } else {
            iteration += inputs;
        }
        self.serial * iteration + once
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
