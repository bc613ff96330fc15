//! Exchange of inputs, weights and the first stage of partial sums (PopLibs `ConvModel.cpp` `addExchangeCycleEstimates`).

use tilesim_terms::ConvolutionPass;

use super::bytes::bytes_to_cycles;
use crate::plan::Partition;
use crate::plan_cost::PlanCost;
use crate::setting::Setting;
use crate::tile::Tile;

/// Bytes per cycle at which a tile receives inputs: tiles that differ only in their output channels lie side by side, so
/// those on one bus listen to the same inputs and use it together (PopLibs `ExchangeEstimator.hpp`). The gradients of a joint plan
/// have other tiles side by side.
pub(super) fn input_bytes_per_cycle(setting: &Setting, partition: &Partition) -> u64 {
    let machine = setting.machine;
    let sharing = u64::from(machine.tiles_per_exchange_bus);
    let shared = machine.exchange_bus_sharing
        && partition.out_channel_parallel.is_multiple_of(sharing)
        && matches!(setting.joint, None | Some(ConvolutionPass::Forward));
    u64::from(machine.exchange_bytes_per_cycle) * if shared { sharing } else { 1 }
}

/// Elements that a tile lacks when `sharers` tiles need the same ones and each holds its part.
const fn received(elements: u64, sharers: u64) -> u64 {
    elements - elements / sharers
}

/// Cycles in which a tile receives the weights it lacks, of which each of `sharers` tiles holds its part.
pub(crate) fn weight_cycles(setting: &Setting, elements: u64, sharers: u64) -> u64 {
    bytes_to_cycles(
        setting.machine,
        received(elements, sharers) * setting.options.input_type.bytes(),
    )
}

pub(super) fn add(setting: &Setting, partition: &Partition, tile: &Tile, cost: &mut PlanCost) {
    let machine = setting.machine;
    let element_bytes = setting.options.input_type.bytes();

    let inputs = received(tile.input_elements(), partition.out_channel_parallel) * element_bytes;
    let input_cycles = inputs.div_ceil(input_bytes_per_cycle(setting, partition));
    if partition.broadcast_input_before_loop {
        cost.broadcast_input_exchange += input_cycles;
    } else {
        cost.exchange_input = input_cycles;
    }

    cost.exchange_weights = weight_cycles(setting, tile.weight_elements(), partition.weight_sharers());

    // The vendor charges one send of the partials even where there is nothing to reduce.
    let partials = tile.partial_elements() * setting.exchanged_partials().bytes();
    cost.exchange_reduce_first = bytes_to_cycles(machine, partials);
}
