//! What every stage does when, over one weight update.

use super::host::HostWaits;
use tilesim_program::system::{Pass, Slot};

use super::{StageCycles, Transfers};

/// What a stage does for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Activity {
    /// Receives a micro-batch from the host.
    Host,
    /// The forward pass of a micro-batch.
    Forward,
    /// The forward pass once more.
    Recompute,
    /// The backward pass of a micro-batch.
    Backward,
    /// Outputs and gradients pass between stages.
    Link,
    /// All chips synchronise.
    Sync,
    /// Waits for a slower stage.
    SlowerStages,
    /// Waits without work while the pipeline fills and drains.
    FillAndDrain,
    /// Adds up gradients over replicas.
    AllReduce,
    /// The optimiser.
    Update,
    /// Reads and writes streaming memory.
    Streaming,
}

impl Activity {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 11] = [
        Self::Forward,
        Self::Recompute,
        Self::Backward,
        Self::Update,
        Self::AllReduce,
        Self::Streaming,
        Self::Link,
        Self::Sync,
        Self::Host,
        Self::SlowerStages,
        Self::FillAndDrain,
    ];

    /// The name, as files state it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Forward => "forward",
            Self::Recompute => "recompute",
            Self::Backward => "backward",
            Self::Link => "link",
            Self::Sync => "sync",
            Self::SlowerStages => "slower_stages",
            Self::FillAndDrain => "fill_and_drain",
            Self::AllReduce => "all_reduce",
            Self::Update => "update",
            Self::Streaming => "streaming",
        }
    }
}

/// A stretch of time in which a stage does one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// What it does.
    pub activity: Activity,
    /// First cycle of the update.
    pub start: u64,
    /// Cycles, never 0.
    pub cycles: u64,
    /// The micro-batch that it works on, where it works on one.
    pub micro_batch: Option<u64>,
}

/// The spans of one stage, end to end.
struct Spans {
    spans: Vec<Span>,
    now: u64,
}

impl Spans {
    fn push(&mut self, activity: Activity, cycles: u64, micro_batch: Option<u64>) {
        if cycles > 0 {
            self.spans.push(Span {
                activity,
                start: self.now,
                cycles,
                micro_batch,
            });
            self.now += cycles;
        }
    }
}

/// The spans of every stage, one after the other from the first cycle of the update to the last: the walk of
/// [`timeline`](super::timeline), with everything in its place. `recompute` is how much of each stage's backward pass is the forward
/// pass once more.
pub fn spans(
    slots: &[Slot],
    stages: &[StageCycles],
    recompute: &[u64],
    transfers: &Transfers,
) -> Vec<Vec<Span>> {
    let waits = HostWaits::of(slots, stages, transfers);
    let own = |slot: usize, stage: usize, pass: Pass| match pass {
        Pass::Forward => waits.get(slot, stage) + stages[stage].forward,
        Pass::Backward => stages[stage].backward,
    };
    let passing = |stage: usize, pass: Pass| match pass {
        Pass::Forward => transfers.outputs.get(stage),
        Pass::Backward => transfers.input_gradients.get(stage),
    };
    let most = |cycles: &dyn Fn(&StageCycles) -> u64| stages.iter().map(cycles).max().unwrap_or(0);
    let all_reduce = most(&|stage| stage.all_reduce);
    let rest = most(&|stage| stage.update + stage.streaming);
    let of_stage = |index: usize| {
        let stage = &stages[index];
        let mut spans = Spans {
            spans: Vec::new(),
            now: 0,
        };
        for (number, slot) in slots.iter().enumerate().filter(|(_, slot)| !slot.work.is_empty()) {
            let compute = slot
                .work
                .iter()
                .map(|&(stage, pass, _)| own(number, stage, pass))
                .max();
            let link = slot
                .work
                .iter()
                .filter_map(|&(stage, pass, _)| passing(stage, pass))
                .max();
            let compute = compute.unwrap_or(0);
            match slot.work.iter().find(|(of, ..)| *of == index) {
                Some(&(_, pass, micro_batch)) => {
                    match pass {
                        Pass::Forward => {
                            spans.push(Activity::Host, waits.get(number, index), Some(micro_batch));
                            spans.push(Activity::Forward, stage.forward, Some(micro_batch));
                        }
                        Pass::Backward => {
                            let again = recompute.get(index).copied().unwrap_or(0).min(stage.backward);
                            spans.push(Activity::Recompute, again, Some(micro_batch));
                            spans.push(Activity::Backward, stage.backward - again, Some(micro_batch));
                        }
                    }
                    spans.push(Activity::SlowerStages, compute - own(number, index, pass), None);
                }
                None => spans.push(Activity::FillAndDrain, compute, None),
            }
            spans.push(Activity::Link, link.copied().unwrap_or(0), None);
            spans.push(Activity::Sync, transfers.sync, None);
        }
        spans.push(Activity::AllReduce, stage.all_reduce, None);
        spans.push(Activity::SlowerStages, all_reduce - stage.all_reduce, None);
        spans.push(Activity::Update, stage.update, None);
        spans.push(Activity::Streaming, stage.streaming, None);
        spans.push(
            Activity::SlowerStages,
            rest - stage.update - stage.streaming,
            None,
        );
        spans.spans
    };
    (0..stages.len()).map(of_stage).collect()
}
