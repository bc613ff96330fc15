//! Schedules of pipelines: which stage works on which pass at a time.

use super::Pass;

/// Stages that work at the same time, and their passes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slot {
    /// Stage, pass and micro-batch, by stage.
    pub work: Vec<(usize, Pass, u64)>,
}

/// All stages run forward at a time, then all backward.
///
/// Micro-batch m is in the forward pass of stage s in step m + s. The last stage runs it backward in the same step, stage s
/// 2 (S − 1 − s) steps after its forward pass.
pub fn grouped(stages: usize, micro_batches: u64) -> Vec<Slot> {
    let last = stages.saturating_sub(1) as u64;
    let steps = if micro_batches == 0 {
        0
    } else {
        micro_batches + 2 * last
    };
    let half = |step: u64, pass: Pass, delay: &dyn Fn(u64) -> u64| Slot {
        work: (0..stages)
            .filter_map(|stage| {
                let micro_batch = step.checked_sub(delay(stage as u64))?;
                (micro_batch < micro_batches).then_some((stage, pass, micro_batch))
            })
            .collect(),
    };
    (0..steps)
        .flat_map(|step| {
            [
                half(step, Pass::Forward, &|stage| stage),
                half(step, Pass::Backward, &|stage| 2 * last - stage),
            ]
        })
        .filter(|slot| !slot.work.is_empty())
        .collect()
}

/// Stages alternate between the passes, neighbours in turn: micro-batch m runs forward in stage s in slot 2 m + s, backward in slot
/// 2 m + 2 S − 1 − s.
pub fn interleaved(stages: usize, micro_batches: u64) -> Vec<Slot> {
    let count = stages as u64;
    if count == 0 || micro_batches == 0 {
        return Vec::new();
    }
    let in_turn = |slot: u64, delay: u64| {
        let ahead = slot.checked_sub(delay)?;
        (ahead.is_multiple_of(2) && ahead / 2 < micro_batches).then_some(ahead / 2)
    };
    (0..2 * (micro_batches - 1) + 2 * count)
        .map(|slot| Slot {
            work: (0..stages)
                .filter_map(|stage| {
                    let place = stage as u64;
                    let forward = in_turn(slot, place).map(|m| (stage, Pass::Forward, m));
                    forward
                        .or_else(|| in_turn(slot, 2 * count - 1 - place).map(|m| (stage, Pass::Backward, m)))
                })
                .collect(),
        })
        .filter(|slot| !slot.work.is_empty())
        .collect()
}

/// One stage at a time: a micro-batch runs through all stages and back before the next.
pub fn sequential(stages: usize, micro_batches: u64) -> Vec<Slot> {
    (0..micro_batches)
        .flat_map(|micro_batch| {
            let forward = (0..stages).map(move |stage| (stage, Pass::Forward, micro_batch));
            let backward = (0..stages)
                .rev()
                .map(move |stage| (stage, Pass::Backward, micro_batch));
            forward.chain(backward)
        })
        .map(|work| Slot { work: vec![work] })
        .collect()
}

/// Most micro-batches that a stage holds at a time, from their forward pass to the end of their backward pass.
pub fn in_flight(slots: &[Slot], stage: usize) -> u64 {
    let mut held = 0_u64;
    let mut most = 0;
    for slot in slots {
        let mut ended = 0;
        for (_, pass, _) in slot.work.iter().filter(|(of, _, _)| *of == stage) {
            match pass {
                Pass::Forward => held += 1,
                Pass::Backward => ended += 1,
            }
        }
        most = most.max(held);
        held = held.saturating_sub(ended);
    }
    most
}
