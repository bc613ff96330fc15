//! The walk over the slots of a pipeline that all figures of an update share: how long every stage works in every slot.

use std::collections::VecDeque;

use tilesim_program::system::{Pass, Slot};

use super::timeline::{StageCycles, Transfers};

/// What every stage does in every slot, in cycles.
pub(super) struct Walk {
    stages: usize,
    /// The slowest stage, by slot.
    compute: Vec<u64>,
    /// Own work with waiting for the host, by slot and stage.
    own: Vec<u64>,
    /// Waiting for the host before the forward pass, by slot and stage.
    host: Vec<u64>,
}

impl Walk {
    /// Walks the slots. The passes of a stage follow each other, stages run beside each other, and copies follow the slowest.
    ///
    /// A stage without buffers waits for all that the host sends it. One with buffers takes what lies in one of them, and the host begins
    /// to fill it again, one after the other; what it has to send it has sent before the update begins, as far as there is room for it.
    pub(super) fn over(slots: &[Slot], stages: &[StageCycles], transfers: &Transfers) -> Self {
        let mut walk = Self {
            stages: stages.len(),
            compute: Vec::with_capacity(slots.len()),
            own: vec![0; slots.len() * stages.len()],
            host: vec![0; slots.len() * stages.len()],
        };
        let mut hosts: Vec<Host> = stages.iter().map(Host::before_the_update).collect();
        let mut now = 0;
        for (number, slot) in slots.iter().enumerate() {
            let row = number * stages.len();
            let mut slowest = 0;
            for &(stage, pass, _) in &slot.work {
                let own = &mut walk.own[row + stage];
                if pass == Pass::Forward {
                    let wait = hosts[stage].wait(&stages[stage], now + *own);
                    walk.host[row + stage] = wait;
                    *own += wait;
                }
                *own += stages[stage].of(pass);
                slowest = slowest.max(*own);
            }
            walk.compute.push(slowest);
            now += slowest + transfers.of(slot).whole();
        }
        walk
    }

    /// Cycles of the slowest stage in a slot.
    pub(super) fn compute(&self, slot: usize) -> u64 {
        self.compute[slot]
    }

    /// Cycles of a stage's passes in a slot, and of its waiting for the host.
    pub(super) fn own(&self, slot: usize, stage: usize) -> u64 {
        self.own[slot * self.stages + stage]
    }

    /// Cycles that a stage waits for the host in a slot, before its forward pass.
    pub(super) fn host(&self, slot: usize, stage: usize) -> u64 {
        self.host[slot * self.stages + stage]
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
