//! What every stage does when, over one weight update.

use tilesim_program::system::{Pass, Slot};

use super::{StageCycles, Transfers, walk::Walk};

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

    /// Working on a pass.
    const fn of(pass: Pass) -> Self {
        match pass {
            Pass::Forward => Self::Forward,
            Pass::Recompute => Self::Recompute,
            Pass::Backward => Self::Backward,
        }
    }

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
/// [`timeline`](super::timeline), with everything in its place.
pub fn spans(slots: &[Slot], stages: &[StageCycles], transfers: &Transfers) -> Vec<Vec<Span>> {
    let walk = Walk::over(slots, stages, transfers);
    let most = |cycles: &dyn Fn(&StageCycles) -> u64| stages.iter().map(cycles).max().unwrap_or(0);
    let all_reduce = most(&|stage| stage.all_reduce);
    let rest = most(&|stage| stage.update + stage.streaming);
    let of_stage = |index: usize| {
        let stage = &stages[index];
        let mut spans = Spans {
            spans: Vec::new(),
            now: 0,
        };
        for (number, slot) in slots.iter().enumerate() {
            let mut works = false;
            for (pass, micro_batch) in slot.passes(index) {
                works = true;
                if pass == Pass::Forward {
                    spans.push(Activity::Host, walk.host(number, index), Some(micro_batch));
                }
                spans.push(Activity::of(pass), stage.of(pass), Some(micro_batch));
            }
            let waiting = if works {
                Activity::SlowerStages
            } else {
                Activity::FillAndDrain
            };
            spans.push(waiting, walk.compute(number) - walk.own(number, index), None);
            // Copies follow each other; those of all stages are one stretch each, of links and of synchronisation.
            let copies = transfers.of(slot);
            spans.push(Activity::Link, copies.link.iter().sum(), None);
            spans.push(Activity::Sync, copies.sync.iter().sum(), None);
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
