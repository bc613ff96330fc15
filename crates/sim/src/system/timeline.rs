//! When every stage works and what it waits for, from the cycles of one micro-batch: no programs, no bytes.

use super::host::HostWaits;
use tilesim_program::system::{Pass, Slot};
use tilesim_terms::Phase;

/// Cycles of one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StageCycles {
    /// What the host takes to send a micro-batch.
    pub host: u64,
    /// Micro-batches that are sent before they are needed; with none, each is sent while the stage waits, before its forward pass.
    pub host_buffers: u32,
    /// Forward pass of a micro-batch.
    pub forward: u64,
    /// Recomputation and backward pass of a micro-batch.
    pub backward: u64,
    /// The update.
    pub update: u64,
    /// Adding up gradients over replicas.
    pub all_reduce: u64,
    /// Streaming memory, there and back.
    pub streaming: u64,
}

/// Cycles of what passes between stages after a slot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transfers {
    /// Output of each stage, to the next.
    pub outputs: Vec<u64>,
    /// Gradient of each stage's input, to the stage before.
    pub input_gradients: Vec<u64>,
    /// Synchronisation of all chips, once in every slot.
    pub sync: u64,
}

/// What one stage does over the whole update, in cycles by phase; phases of waiting are those of the slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StageTime {
    /// Micro-batches run forward.
    pub forwards: u64,
    /// Micro-batches run backward.
    pub backwards: u64,
    /// Waiting for the host.
    pub host: u64,
    /// Waiting without work while the pipeline fills and drains, forward and backward.
    pub idle: [u64; 2],
    /// Waiting with work done for a slower stage, forward and backward.
    pub waiting: [u64; 2],
    /// What passes between stages, forward and backward.
    pub link: [u64; 2],
    /// Synchronisation of all chips, forward and backward.
    pub sync: [u64; 2],
    /// Waiting in the update for a stage that adds up or changes more.
    pub update_waiting: u64,
    /// Adding up gradients over replicas.
    pub all_reduce: u64,
    /// Streaming memory.
    pub streaming: u64,
}

/// The time of one weight update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemTime {
    /// Cycles from the first forward pass to the end of the update.
    pub cycles: u64,
    /// Cycles of one slot with all stages at work: forward and backward, transfers and synchronisation included.
    pub full_slots: [u64; 2],
    /// Stages.
    pub stages: Vec<StageTime>,
}

impl StageTime {
    /// Index of what is told apart by pass.
    pub const fn index(pass: Pass) -> usize {
        match pass {
            Pass::Forward => 0,
            Pass::Backward => 1,
        }
    }

    /// Cycles that are spent in a phase and not in the stage's own program.
    pub fn outside(&self, phase: Phase) -> u64 {
        let of = |index: usize| self.idle[index] + self.waiting[index] + self.link[index] + self.sync[index];
        match phase {
            Phase::Forward => of(0) + self.host,
            Phase::Recompute => 0,
            Phase::Backward => of(1),
            Phase::Update => self.update_waiting + self.all_reduce + self.streaming,
        }
    }
}

/// Walks the slots. In each, the slowest stage at work sets the time; then what was worked out passes to the neighbours, over all
/// links at a time. The update follows the last slot.
pub fn timeline(slots: &[Slot], stages: &[StageCycles], transfers: &Transfers) -> SystemTime {
    let mut time = SystemTime {
        cycles: 0,
        full_slots: [0; 2],
        stages: vec![StageTime::default(); stages.len()],
    };
    let waits = HostWaits::of(slots, stages, transfers);
    for (index_of_slot, slot) in slots.iter().enumerate() {
        let own = |stage: usize, pass: Pass| match pass {
            Pass::Forward => waits.get(index_of_slot, stage) + stages[stage].forward,
            Pass::Backward => stages[stage].backward,
        };
        let passing = |stage: usize, pass: Pass| match pass {
            Pass::Forward => transfers.outputs.get(stage),
            Pass::Backward => transfers.input_gradients.get(stage),
        };
        let work = || slot.work.iter().map(|&(stage, pass, _)| (stage, pass));
        // The first of equals, so that its pass names the slot.
        let slowest = work()
            .map(|(stage, pass)| (own(stage, pass), std::cmp::Reverse(StageTime::index(pass))))
            .max();
        let Some((compute, std::cmp::Reverse(index))) = slowest else {
            continue;
        };
        let link = work()
            .filter_map(|(stage, pass)| passing(stage, pass).copied())
            .max()
            .unwrap_or(0);
        let whole = compute + link + transfers.sync;
        time.cycles += whole;
        if slot.work.len() == stages.len() {
            time.full_slots[index] = time.full_slots[index].max(whole);
        }
        for (stage, spent) in time.stages.iter_mut().enumerate() {
            spent.link[index] += link;
            spent.sync[index] += transfers.sync;
            match work().find(|(of, _)| *of == stage) {
                Some((_, pass)) => {
                    spent.waiting[index] += compute - own(stage, pass);
                    match pass {
                        Pass::Forward => {
                            spent.forwards += 1;
                            spent.host += waits.get(index_of_slot, stage);
                        }
                        Pass::Backward => spent.backwards += 1,
                    }
                }
                None => spent.idle[index] += compute,
            }
        }
    }
    let most = |of: fn(&StageCycles) -> u64| stages.iter().map(of).max().unwrap_or(0);
    let all_reduce = most(|stage| stage.all_reduce);
    let rest = most(|stage| stage.update + stage.streaming);
    time.cycles += all_reduce + rest;
    for (spent, stage) in time.stages.iter_mut().zip(stages) {
        spent.all_reduce = stage.all_reduce;
        spent.streaming = stage.streaming;
        spent.update_waiting = all_reduce - stage.all_reduce + rest - stage.update - stage.streaming;
    }
    time
}
