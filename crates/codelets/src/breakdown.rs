//! Cycles taken apart by cause, for kernels that know their total in closed form.

use crate::VertexCycles;

/// A total and the parts of it that a kernel can name; what is left is overhead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KernelCycles {
    /// Tile cycles.
    pub total: u64,
    /// Inner loops at their steady rate, shared evenly by the workers.
    pub streaming: u64,
    /// Loading weights.
    pub weight_load: u64,
    /// The slowest worker beyond the mean one.
    pub worker_imbalance: u64,
}

impl KernelCycles {
    /// Takes the total apart; `ideal` cycles of the streaming are useful and the rest of it is padding.
    ///
    /// No part exceeds what the earlier ones leave, so the parts add up to the total.
    pub(crate) fn taken_apart(self, ideal: u64) -> VertexCycles {
        let streaming = self.streaming.min(self.total);
        let useful = ideal.min(streaming);
        let weight_load = self.weight_load.min(self.total - streaming);
        let worker_imbalance = self.worker_imbalance.min(self.total - streaming - weight_load);
        VertexCycles {
            useful,
            padding: streaming - useful,
            weight_load,
            overhead: self.total - streaming - weight_load - worker_imbalance,
            worker_imbalance,
        }
    }
}
