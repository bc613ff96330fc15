//! The cost of a plan, term by term (PopLibs `ConvModel.cpp` `addEstimates`).
//!
//! Phases are additive, cycles are those of the most loaded tile, and neither synchronisation nor messages are charged.

mod bytes;
mod compute;
mod exchange;
mod memory;
pub(super) mod padding;
mod phase;
pub(super) mod rearrangement;
mod reduction;
pub(super) mod serial;
mod terms;

use super::error::PlanError;
use super::plan::Partition;
use super::plan_cost::PlanCost;
use super::setting::Setting;
use super::tile::Tile;

pub use phase::CostPhase;

pub(super) use bytes::bytes_to_cycles;
pub(super) use compute::{place, vertex, vertex_cycles};
pub(super) use exchange::weight_cycles;
pub(super) use rearrangement::RearrangedBytes;

/// Costs one partition of a setting.
pub(super) fn evaluate(setting: &Setting, partition: &Partition) -> Result<PlanCost, PlanError> {
    let tile = Tile::new(setting, partition);
    let compute = compute::compute_cycles(setting, &tile)?;
    Ok(evaluate_with(setting, partition, &tile, compute))
}

/// Costs one partition whose compute cycles are known.
pub(super) fn evaluate_with(setting: &Setting, partition: &Partition, tile: &Tile, compute: u64) -> PlanCost {
    let mut cost = PlanCost {
        compute,
        serial_splits: partition.serial(),
        tiles_used: partition.tiles(),
        ..PlanCost::default()
    };
    exchange::add(setting, partition, tile, &mut cost);
    rearrangement::add(setting, partition, &mut cost);
    padding::add(setting, partition, tile, &mut cost);
    reduction::add(setting, partition, tile, &mut cost);
    serial::add(setting, partition, tile, &mut cost);
    memory::add(setting, partition, tile, &mut cost);
    cost
}
