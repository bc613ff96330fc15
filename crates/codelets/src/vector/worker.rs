//! From the cycles of one worker to those of the tile.

use tilesim_machine::Machine;

use crate::VertexCycles;

/// Cycles of one worker for its share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WorkerCycles {
    /// Inner loops at their steady rate.
    pub inner: u64,
    /// Start-up and the set-up of loops.
    pub overhead: u64,
}

impl WorkerCycles {
    /// All cycles, or `None` where they do not fit a counter.
    pub fn total(self) -> Option<u64> {
        self.inner.checked_add(self.overhead)
    }

    /// The cycles of doing this `times` times.
    pub(crate) fn times(self, times: u64) -> Option<Self> {
        Some(Self {
            inner: self.inner.checked_mul(times)?,
            overhead: self.overhead.checked_mul(times)?,
        })
    }

    /// The tile's cycles while its workers run side by side and this is the slowest of them.
    ///
    /// A worker issues every `workers` cycles. `inner` is what the inner loops of all shares take together: a share of it for each
    /// worker would be the mean one.
    pub(crate) fn of_slowest(self, machine: &Machine, inner: u64) -> Option<VertexCycles> {
        let all = self.times(u64::from(machine.workers))?;
        all.total()?;
        let useful = inner.min(all.inner);
        Some(VertexCycles {
            useful,
            overhead: all.overhead,
            worker_imbalance: all.inner - useful,
            ..VertexCycles::default()
        })
    }
}
