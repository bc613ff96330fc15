//! Schedules of pipelines: every stage works on every micro-batch once in each pass, in an order that data allow.

use proptest::prelude::*;
use tilesim_program::system::{Beside, Pass, Slot, beside, grouped, interleaved, queued_inputs, sequential};

type Schedule = fn(usize, u64, fn(usize) -> bool) -> Vec<Slot>;

const SCHEDULES: [Schedule; 3] = [
    |stages, micro_batches, recomputes| grouped(stages, micro_batches, recomputes),
    |stages, micro_batches, recomputes| interleaved(stages, micro_batches, recomputes),
    |stages, micro_batches, recomputes| sequential(stages, micro_batches, recomputes),
];

/// Slot and place in it at which a stage works on a micro-batch; the number of such places.
fn times(slots: &[Slot], wanted: (usize, Pass, u64)) -> Vec<(usize, usize)> {
    let places = slots.iter().enumerate().flat_map(|(time, slot)| {
        let passes = slot.passes(wanted.0).enumerate();
        passes.map(move |(place, (pass, micro_batch))| ((time, place), (pass, micro_batch)))
    });
    places
        .filter(|(_, work)| *work == (wanted.1, wanted.2))
        .map(|(at, _)| at)
        .collect()
}

fn once(slots: &[Slot], wanted: (usize, Pass, u64)) -> Result<(usize, usize), TestCaseError> {
    let found = times(slots, wanted);
    prop_assert_eq!(found.len(), 1, "{:?}", wanted);
    Ok(found[0])
}

fn check(slots: &[Slot], stages: usize, micro_batches: u64) -> Result<(), TestCaseError> {
    let work: usize = slots.iter().map(|slot| slot.work.len()).sum();
    prop_assert_eq!(work as u64, (3 * stages as u64 - 1) * micro_batches);
    for micro_batch in 0..micro_batches {
        for stage in 0..stages {
            let forward = once(slots, (stage, Pass::Forward, micro_batch))?;
            let backward = once(slots, (stage, Pass::Backward, micro_batch))?;
            prop_assert!(forward < backward);
            if stage + 1 < stages {
                // What passes between chips passes at the end of a slot in which its copy is made.
                let next = once(slots, (stage + 1, Pass::Forward, micro_batch))?;
                prop_assert!(forward.0 < next.0);
                prop_assert!(slots[next.0 - 1].copies.contains(&(stage, Pass::Forward)));
                let next = once(slots, (stage + 1, Pass::Backward, micro_batch))?;
                prop_assert!(next.0 < backward.0);
                prop_assert!(
                    slots[backward.0 - 1]
                        .copies
                        .contains(&(stage + 1, Pass::Backward))
                );
                let again = once(slots, (stage, Pass::Recompute, micro_batch))?;
                prop_assert!(forward < again && again < backward);
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_micro_batch_passes_every_stage_in_order(stages in 1_usize..6, micro_batches in 1_u64..20) {
        for schedule in SCHEDULES {
            // All but the last stage recompute; which that is, the function does not know.
            let all = schedule(stages, micro_batches, |_| true);
            let slots: Vec<Slot> = all
                .into_iter()
                .map(|mut slot| {
                    slot.work.retain(|(stage, pass, _)| *pass != Pass::Recompute || stage + 1 < stages);
                    slot
                })
                .collect();
            check(&slots, stages, micro_batches)?;
        }
    }

    /// The framework's queues: 2 (S − 1 − s) inputs of a grouped pipeline, S − 1 − s of an interleaved one, none of a sequential one,
    /// recomputed or not.
    #[test]
    fn stages_queue_as_many_inputs_as_the_schedule_says(stages in 1_usize..6, more in 0_u64..9) {
        let micro_batches = 2 * stages as u64 + more;
        for recomputes in [|_| true, |_| false] {
            for stage in 0..stages {
                let later = (stages - 1 - stage) as u64;
                let queued = SCHEDULES.map(|schedule| queued_inputs(&schedule(stages, micro_batches, recomputes), stage));
                prop_assert_eq!(queued, [2 * later, later, 0]);
            }
        }
    }

    /// Ramps of a grouped pipeline: GA + 2 S − 1 slots, each with all of its 2 (S − 1) copies.
    #[test]
    fn a_grouped_pipeline_fills_and_drains(stages in 1_usize..6, micro_batches in 1_u64..40) {
        let slots = grouped(stages, micro_batches, |stage| stage + 1 < stages);
        prop_assert_eq!(slots.len() as u64, micro_batches + 2 * stages as u64 - 1);
        for slot in slots {
            prop_assert_eq!(slot.copies.len(), 2 * (stages - 1));
        }
    }

    /// No stage of an interleaved pipeline runs forward and backward in one slot, and recomputation falls beside a forward pass.
    #[test]
    fn interleaved_stages_alternate(stages in 1_usize..6, micro_batches in 1_u64..20) {
        for slot in interleaved(stages, micro_batches, |_| true) {
            for stage in 0..stages {
                let of = |wanted: Pass| slot.passes(stage).any(|(pass, _)| pass == wanted);
                prop_assert!(!of(Pass::Backward) || !of(Pass::Forward) && !of(Pass::Recompute));
            }
        }
    }
}

#[test]
fn what_waits_to_be_passed_on_lies_beside_the_passes_that_follow() {
    let slots = grouped(2, 4, |stage| stage == 0);
    let [forward, recompute, backward] = beside(&slots, 0);
    assert!(backward.input && !backward.output && !backward.input_gradient);
    assert!(forward.input_gradient && !forward.output);
    assert!(recompute.input_gradient && recompute.output && !recompute.input);
    for alone in [interleaved(2, 4, |_| false), sequential(2, 4, |_| false)] {
        for stage in 0..2 {
            assert_eq!(beside(&alone, stage), [Beside::default(); 3]);
        }
    }
}

#[test]
fn nothing_to_do_takes_no_slots() {
    for schedule in SCHEDULES {
        assert!(schedule(3, 0, |_| true).is_empty());
        assert!(schedule(0, 3, |_| true).is_empty());
    }
}
