//! When a stage waits for the host.

use std::collections::VecDeque;

use tilesim_program::system::{Pass, Slot};

use super::timeline::{StageCycles, Transfers};

/// The cycles that every stage waits for the host before its forward pass, slot by slot.
pub(super) struct HostWaits {
    stages: usize,
    waits: Vec<u64>,
}

impl HostWaits {
    /// Walks the slots. A stage without buffers waits for all that the host sends it. One with buffers takes what lies in one of them,
    /// and the host begins to fill it again, one after the other; what it has to send it has sent before the update begins, as far as
    /// there is room for it.
    pub(super) fn of(slots: &[Slot], stages: &[StageCycles], transfers: &Transfers) -> Self {
        let mut waits = vec![0; slots.len() * stages.len()];
        let mut hosts: Vec<Host> = stages.iter().map(Host::before_the_update).collect();
        let mut now = 0;
        for (slot, waits) in slots.iter().zip(waits.chunks_mut(stages.len().max(1))) {
            let mut longest = None;
            let mut link = 0;
            for &(stage, pass, _) in &slot.work {
                let cycles = match pass {
                    Pass::Forward => {
                        waits[stage] = hosts[stage].wait(&stages[stage], now);
                        waits[stage] + stages[stage].forward
                    }
                    Pass::Backward => stages[stage].backward,
                };
                longest = longest.max(Some(cycles));
                let passing = match pass {
                    Pass::Forward => transfers.outputs.get(stage),
                    Pass::Backward => transfers.input_gradients.get(stage),
                };
                link = link.max(passing.copied().unwrap_or(0));
            }
            now += longest.map_or(0, |longest| longest + link + transfers.sync);
        }
        Self {
            stages: stages.len(),
            waits,
        }
    }

    /// Of a stage in a slot.
    pub(super) fn get(&self, slot: usize, stage: usize) -> u64 {
        self.waits[slot * self.stages + stage]
    }
}

/// What the host does for one stage.
struct Host {
    /// When each buffer is, or will be, full.
    full: VecDeque<u64>,
    /// When it has sent what it has begun to send.
    idle: u64,
}

impl Host {
    fn before_the_update(stage: &StageCycles) -> Self {
        Self {
            full: (0..stage.host_buffers).map(|_| 0).collect(),
            idle: 0,
        }
    }

    fn wait(&mut self, stage: &StageCycles, now: u64) -> u64 {
        let Some(full) = self.full.pop_front() else {
            return stage.host;
        };
        let wait = full.saturating_sub(now);
        self.idle = self.idle.max(now + wait) + stage.host;
        self.full.push_back(self.idle);
        wait
    }
}
