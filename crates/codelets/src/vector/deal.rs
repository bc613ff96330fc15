//! Dealing a tile's work over its workers.

use tilesim_machine::Machine;

use super::worker::WorkerCycles;
use crate::VertexCycles;

/// Tile cycles of a kernel that deals `items` evenly over the workers.
///
/// The supervisor works alone for `supervisor` cycles. Then every worker starts (`start` worker cycles) and does its items:
/// `inner` gives the worker cycles of a number of items. A worker issues every `workers` tile cycles, so the tile takes
/// `workers` times the worker with the most items; what the others idle meanwhile is imbalance. `None` where a count overflows
/// or `inner` says so.
pub(crate) fn dealt(
    machine: &Machine,
    supervisor: u64,
    start: u64,
    items: u64,
    inner: impl Fn(u64) -> Option<u64>,
) -> Option<VertexCycles> {
    let workers = u64::from(machine.workers);
    let (least, with_more) = (items / workers, items % workers);
    let most = items.div_ceil(workers);
    let busiest = inner(most)?;
    let all = busiest
        .checked_mul(with_more)?
        .checked_add(inner(least)?.checked_mul(workers - with_more)?)?;
    let cycles = WorkerCycles {
        inner: busiest,
        overhead: start,
    }
    .of_slowest(machine, all)?;
    let overhead = cycles.overhead.checked_add(supervisor)?;
    cycles.total().checked_add(supervisor)?;
    Some(VertexCycles { overhead, ..cycles })
}
