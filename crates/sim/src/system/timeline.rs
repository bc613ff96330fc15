//! When every stage works and what it waits for, from the cycles of one micro-batch: no programs, no bytes.

use tilesim_program::system::{Pass, Slot};
use tilesim_terms::Phase;

use super::walk::Walk;

/// Cycles of one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StageCycles {
    /// What the host takes to send a micro-batch.
    pub host: u64,
    /// Micro-batches that are sent before they are needed; with none, each is sent while the stage waits, before its forward pass.
    pub host_buffers: u32,
    /// Forward pass of a micro-batch.
    pub forward: u64,
    /// The same once more.
    pub recompute: u64,
    /// Backward pass of a micro-batch.
    pub backward: u64,
    /// The update.
    pub update: u64,
    /// Adding up gradients over replicas.
    pub all_reduce: u64,
    /// Streaming memory, there and back.
    pub streaming: u64,
}

impl StageCycles {
    /// Of a pass.
    pub const fn of(&self, pass: Pass) -> u64 {
        match pass {
            Pass::Forward => self.forward,
            Pass::Recompute => self.recompute,
            Pass::Backward => self.backward,
        }
    }
}

/// Cycles of what passes between stages at the end of a slot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transfers {
    /// Output of each stage, to the next.
    pub outputs: Vec<u64>,
    /// Gradient of each stage's input, to the stage before.
    pub input_gradients: Vec<u64>,
    /// Synchronisation of all chips, before each copy.
    pub sync: u64,
}

/// The copies of a slot, in cycles by pass: one program for each stage, one after the other (TensorFlow for the IPU,
/// `pipeline_visitor.cc`, `HandleInterIpuCopy`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Copies {
    pub(super) link: [u64; Pass::ALL.len()],
    pub(super) sync: [u64; Pass::ALL.len()],
}

impl Copies {
    pub(super) fn whole(&self) -> u64 {
        self.link.iter().sum::<u64>() + self.sync.iter().sum::<u64>()
    }
}

impl Transfers {
    /// The copies of a slot.
    pub(super) fn of(&self, slot: &Slot) -> Copies {
        let mut copies = Copies::default();
        for &(stage, pass) in &slot.copies {
            let cycles = match pass {
                Pass::Forward => self.outputs.get(stage),
                Pass::Recompute => None,
                Pass::Backward => self.input_gradients.get(stage),
            };
            copies.link[pass as usize] += cycles.copied().unwrap_or(0);
            copies.sync[pass as usize] += self.sync;
        }
        copies
    }
}

/// What one stage does over the whole update, in cycles; by pass, in the order of [`Pass::ALL`], where it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StageTime {
    /// How often it runs each pass.
    pub passes: [u64; Pass::ALL.len()],
    /// Waiting for the host.
    pub host: u64,
    /// Waiting without work in a slot: in the forward pass while forward passes are still to come, in the backward pass after them.
    pub idle: [u64; Pass::ALL.len()],
    /// Waiting with work done for a slower stage, after the last pass of a slot.
    pub waiting: [u64; Pass::ALL.len()],
    /// What passes between stages: outputs in the forward pass, gradients in the backward pass.
    pub link: [u64; Pass::ALL.len()],
    /// Synchronisation of all chips, with what passes.
    pub sync: [u64; Pass::ALL.len()],
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
    /// Most cycles from one micro-batch to the next: of as many slots as lie between their first forward passes, copies included.
    pub full_slot: u64,
    /// Stages.
    pub stages: Vec<StageTime>,
}

impl StageTime {
    /// Micro-batches that it works on.
    pub const fn micro_batches(&self) -> u64 {
        self.passes[Pass::Forward as usize]
    }

    /// Cycles that are spent in a phase and not in the stage's own program.
    pub fn outside(&self, phase: Phase) -> u64 {
        let of = |pass: Pass| {
            let index = pass as usize;
            self.idle[index] + self.waiting[index] + self.link[index] + self.sync[index]
        };
        match phase {
            Phase::Forward => of(Pass::Forward) + self.host,
            Phase::Recompute => of(Pass::Recompute),
            Phase::Backward => of(Pass::Backward),
            Phase::Update => self.update_waiting + self.all_reduce + self.streaming,
        }
    }
}

/// Walks the slots. In each, the slowest stage sets the time; then what was worked out passes to the neighbours, one copy after the
/// other. The update follows the last slot.
pub fn timeline(slots: &[Slot], stages: &[StageCycles], transfers: &Transfers) -> SystemTime {
    let mut time = SystemTime {
        cycles: 0,
        full_slot: 0,
        stages: vec![StageTime::default(); stages.len()],
    };
    let walk = Walk::over(slots, stages, transfers);
    time.full_slot = full_slot(slots, &walk, transfers);
    let mut to_come = forward_passes(slots, stages.len());
    for (number, slot) in slots.iter().enumerate() {
        let copies = transfers.of(slot);
        time.cycles += walk.compute(number) + copies.whole();
        for (stage, spent) in time.stages.iter_mut().enumerate() {
            spent.host += walk.host(number, stage);
            let mut last = None;
            for (pass, _) in slot.passes(stage) {
                spent.passes[pass as usize] += 1;
                to_come[stage] -= u64::from(pass == Pass::Forward);
                last = Some(pass);
            }
            let left = walk.compute(number) - walk.own(number, stage);
            match last {
                Some(pass) => spent.waiting[pass as usize] += left,
                None if to_come[stage] > 0 => spent.idle[Pass::Forward as usize] += left,
                None => spent.idle[Pass::Backward as usize] += left,
            }
            for index in 0..Pass::ALL.len() {
                spent.link[index] += copies.link[index];
                spent.sync[index] += copies.sync[index];
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

/// How many micro-batches every stage runs forward.
fn forward_passes(slots: &[Slot], stages: usize) -> Vec<u64> {
    let mut count = vec![0; stages];
    for &(stage, pass, _) in slots.iter().flat_map(|slot| &slot.work) {
        count[stage] += u64::from(pass == Pass::Forward);
    }
    count
}

/// See [`SystemTime::full_slot`].
fn full_slot(slots: &[Slot], walk: &Walk, transfers: &Transfers) -> u64 {
    let whole: Vec<u64> = slots
        .iter()
        .enumerate()
        .map(|(number, slot)| walk.compute(number) + transfers.of(slot).whole())
        .collect();
    let starts = |slot: &Slot| slot.passes(0).any(|(pass, _)| pass == Pass::Forward);
    let mut first_passes = slots
        .iter()
        .enumerate()
        .filter(|(_, slot)| starts(slot))
        .map(|(number, _)| number);
    let turn = match (first_passes.next(), first_passes.next()) {
        (Some(first), Some(second)) => second - first,
        _ => slots.len(),
    };
    let sums = whole.windows(turn.max(1)).map(|window| window.iter().sum());
    sums.max().unwrap_or(0)
}
