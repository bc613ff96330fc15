//! Schedules of pipelines: which stage works on which passes at a time.

use std::collections::VecDeque;

use super::Pass;

/// A time step of a pipeline: what stages do beside each other. They wait for each other at its end alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slot {
    /// Stage, pass and micro-batch, by stage. Passes of a stage run one after the other, in this order.
    pub work: Vec<(usize, Pass, u64)>,
    /// Stages whose output (after [`Pass::Forward`]), or gradient of the input (after [`Pass::Backward`]), passes to a neighbour at
    /// the end, one copy after the other. Copies are made in every turn of the schedule, also where the stage has no micro-batch.
    pub copies: Vec<(usize, Pass)>,
}

impl Slot {
    /// The passes of a stage, in order, with their micro-batches.
    pub fn passes(&self, stage: usize) -> impl Iterator<Item = (Pass, u64)> {
        let of_stage = self.work.iter().filter(move |(of, ..)| *of == stage);
        of_stage.map(|&(_, pass, micro_batch)| (pass, micro_batch))
    }
}

/// The copies of a stage: an output to the next, and a gradient to the one before.
fn copies(stages: usize, stage: usize, pass: Pass) -> Option<(usize, Pass)> {
    let passes = match pass {
        Pass::Forward => stage + 1 < stages,
        Pass::Recompute => false,
        Pass::Backward => stage > 0,
    };
    passes.then_some((stage, pass))
}

/// All stages run backward, forward, and once more forward for the next slot, on three micro-batches.
///
/// Stage s has micro-batch m in its forward pass in slot m + s, in its backward pass in slot m + 2 S − 1 − s, and recomputes it in the
/// slot before that. A slot runs all of the 2 S stages that the framework tells apart (TensorFlow for the IPU,
/// `pipeline_visitor_utils.h`: a grouped schedule has all offsets), so that every slot makes all copies.
pub fn grouped(stages: usize, micro_batches: u64, recomputes: impl Fn(usize) -> bool) -> Vec<Slot> {
    let count = stages as u64;
    if count == 0 || micro_batches == 0 {
        return Vec::new();
    }
    let active = |slot: u64, delay: u64| slot.checked_sub(delay).filter(|&ahead| ahead < micro_batches);
    let all_copies: Vec<(usize, Pass)> = (0..stages)
        .flat_map(|stage| [Pass::Forward, Pass::Backward].map(|pass| copies(stages, stage, pass)))
        .flatten()
        .collect();
    let passes = |slot: u64, stage: usize| {
        let (forward, backward) = (stage as u64, 2 * count - 1 - stage as u64);
        let again = recomputes(stage).then(|| active(slot + 1, backward)).flatten();
        [
            active(slot, backward).map(|m| (stage, Pass::Backward, m)),
            active(slot, forward).map(|m| (stage, Pass::Forward, m)),
            again.map(|m| (stage, Pass::Recompute, m)),
        ]
    };
    (0..micro_batches + 2 * count - 1)
        .map(|slot| Slot {
            work: (0..stages)
                .flat_map(|stage| passes(slot, stage))
                .flatten()
                .collect(),
            copies: all_copies.clone(),
        })
        .collect()
}

/// Stages alternate between the passes, neighbours in turn: micro-batch m runs forward in stage s in slot 2 m + s, backward in slot
/// 2 m + 2 S − 1 − s, and is recomputed in the slot before that, beside another forward pass.
///
/// Every second offset of the framework's schedule: those in which no stage has two of them at a time.
pub fn interleaved(stages: usize, micro_batches: u64, recomputes: impl Fn(usize) -> bool) -> Vec<Slot> {
    let count = stages as u64;
    if count == 0 || micro_batches == 0 {
        return Vec::new();
    }
    let in_turn = |slot: u64, delay: u64| (slot + delay).is_multiple_of(2);
    let active = |slot: u64, delay: u64| {
        let ahead = slot.checked_sub(delay)?;
        (ahead.is_multiple_of(2) && ahead / 2 < micro_batches).then_some(ahead / 2)
    };
    let passes = |slot: u64, stage: usize| {
        let (forward, backward) = (stage as u64, 2 * count - 1 - stage as u64);
        let again = recomputes(stage).then(|| active(slot + 1, backward)).flatten();
        [
            active(slot, backward).map(|m| (stage, Pass::Backward, m)),
            active(slot, forward).map(|m| (stage, Pass::Forward, m)),
            again.map(|m| (stage, Pass::Recompute, m)),
        ]
    };
    let copied = |slot: u64, stage: usize| {
        let pass = if in_turn(slot, stage as u64) {
            Pass::Forward
        } else {
            Pass::Backward
        };
        copies(stages, stage, pass)
    };
    (0..2 * (micro_batches - 1) + 2 * count)
        .map(|slot| Slot {
            work: (0..stages)
                .flat_map(|stage| passes(slot, stage))
                .flatten()
                .collect(),
            copies: (0..stages).filter_map(|stage| copied(slot, stage)).collect(),
        })
        .collect()
}

/// One stage at a time: a micro-batch runs through all stages and back before the next. A stage recomputes within its backward pass.
pub fn sequential(stages: usize, micro_batches: u64, recomputes: impl Fn(usize) -> bool) -> Vec<Slot> {
    let slot = |stage: usize, passes: Vec<Pass>, micro_batch: u64| Slot {
        copies: passes
            .iter()
            .filter_map(|&pass| copies(stages, stage, pass))
            .collect(),
        work: passes
            .into_iter()
            .map(|pass| (stage, pass, micro_batch))
            .collect(),
    };
    (0..micro_batches)
        .flat_map(|micro_batch| {
            let forward = (0..stages).map(|stage| slot(stage, vec![Pass::Forward], micro_batch));
            let backward = (0..stages).rev().map(|stage| {
                let again = recomputes(stage).then_some(Pass::Recompute);
                slot(
                    stage,
                    again.into_iter().chain([Pass::Backward]).collect(),
                    micro_batch,
                )
            });
            forward.chain(backward).collect::<Vec<_>>()
        })
        .collect()
}

/// Most micro-batches that wait in a stage behind the one whose pass reads what was kept of it: the depth of the queue between its
/// forward pass and that pass, which is the recomputation of a stage that recomputes, and the backward pass of one that does not.
pub fn queued_inputs(slots: &[Slot], stage: usize) -> u64 {
    let mut queue = VecDeque::new();
    let mut most = 0;
    for (pass, micro_batch) in slots.iter().flat_map(|slot| slot.passes(stage)) {
        if pass == Pass::Forward {
            queue.push_back(micro_batch);
        } else if queue.front() == Some(&micro_batch) {
            queue.pop_front();
            most = most.max(queue.len() as u64);
        }
    }
    most
}

/// What passes between stages and lies on a stage's chip while it runs a pass that neither reads it nor puts it out, because copies
/// are made at the end of a slot only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Beside {
    /// Its input, of a forward pass that follows.
    pub input: bool,
    /// Its output, of a forward pass before.
    pub output: bool,
    /// The gradient of its output, of a backward pass that follows.
    pub output_gradient: bool,
    /// The gradient of its input, of a backward pass before.
    pub input_gradient: bool,
}

/// What lies on a stage's chip beside each of its passes, in the order of [`Pass::ALL`].
pub fn beside(slots: &[Slot], stage: usize) -> [Beside; Pass::ALL.len()] {
    let mut found = [Beside::default(); Pass::ALL.len()];
    for slot in slots {
        for (place, (pass, _)) in slot.passes(stage).enumerate() {
            let beside = &mut found[pass as usize];
            for (other, (of, _)) in slot.passes(stage).enumerate() {
                match of {
                    Pass::Forward if other < place => beside.output = true,
                    Pass::Forward if other > place => beside.input = true,
                    Pass::Backward if other < place => beside.input_gradient = true,
                    Pass::Backward if other > place => beside.output_gradient = true,
                    _ => {}
                }
            }
        }
    }
    found
}
