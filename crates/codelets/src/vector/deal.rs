//! Dealing a tile's work over its workers.

use tilesim_machine::Machine;

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
    let busiest = workers.checked_mul(inner(most)?)?;
    let all = inner(most)?
        .checked_mul(with_more)?
        .checked_add(inner(least)?.checked_mul(workers - with_more)?)?;
    let useful = all.min(busiest);
    let overhead = workers.checked_mul(start)?.checked_add(supervisor)?;
    busiest.checked_add(overhead)?;
    Some(VertexCycles {
        useful,
        overhead,
        worker_imbalance: busiest - useful,
        ..VertexCycles::default()
    })
}
