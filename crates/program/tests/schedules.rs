//! Schedules of pipelines: every stage works on every micro-batch once in each pass, in an order that data allow.

use proptest::prelude::*;
use tilesim_program::system::{Pass, Slot, grouped, in_flight, interleaved, sequential};

/// The slot in which a stage works on a micro-batch; the number of such slots.
fn times(slots: &[Slot], wanted: (usize, Pass, u64)) -> Vec<usize> {
    let has = |(_, slot): &(usize, &Slot)| slot.work.contains(&wanted);
    slots
        .iter()
        .enumerate()
        .filter(has)
        .map(|(time, _)| time)
        .collect()
}

fn check(slots: &[Slot], stages: usize, micro_batches: u64) -> Result<(), TestCaseError> {
    let work: usize = slots.iter().map(|slot| slot.work.len()).sum();
    prop_assert_eq!(work as u64, 2 * stages as u64 * micro_batches);
    for micro_batch in 0..micro_batches {
        let mut before = None;
        let forward = (0..stages).map(|stage| (stage, Pass::Forward));
        let backward = (0..stages).rev().map(|stage| (stage, Pass::Backward));
        for (stage, pass) in forward.chain(backward) {
            let found = times(slots, (stage, pass, micro_batch));
            prop_assert_eq!(found.len(), 1);
            prop_assert!(before < Some(found[0]), "{:?} before {:?}", before, found);
            before = Some(found[0]);
        }
    }
    for slot in slots {
        let mut stages: Vec<usize> = slot.work.iter().map(|(stage, _, _)| *stage).collect();
        stages.dedup();
        prop_assert_eq!(stages.len(), slot.work.len());
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_micro_batch_passes_every_stage_in_order(stages in 1_usize..6, micro_batches in 1_u64..20) {
        for schedule in [grouped, interleaved, sequential] {
            check(&schedule(stages, micro_batches), stages, micro_batches)?;
        }
    }

    /// Masters et al. 2021 and the vendor's documents: a grouped pipeline keeps 2 (S − 1 − s) + 1 inputs, an interleaved one S − s.
    #[test]
    fn stages_hold_as_many_micro_batches_as_the_schedule_says(stages in 1_usize..6, more in 0_u64..9) {
        let micro_batches = 2 * stages as u64 + more;
        for stage in 0..stages {
            let later = (stages - 1 - stage) as u64;
            prop_assert_eq!(in_flight(&grouped(stages, micro_batches), stage), 2 * later + 1);
            prop_assert_eq!(in_flight(&interleaved(stages, micro_batches), stage), later + 1);
            prop_assert_eq!(in_flight(&sequential(stages, micro_batches), stage), 1);
        }
    }

    /// Forward halves and backward halves of a grouped pipeline: GA + S − 1 each.
    #[test]
    fn a_grouped_pipeline_fills_and_drains(stages in 1_usize..6, micro_batches in 1_u64..40) {
        let slots = grouped(stages, micro_batches);
        let of = |pass: Pass| slots.iter().filter(|slot| slot.work[0].1 == pass).count() as u64;
        prop_assert_eq!(of(Pass::Forward), micro_batches + stages as u64 - 1);
        prop_assert_eq!(of(Pass::Backward), micro_batches + stages as u64 - 1);
    }
}

#[test]
fn nothing_to_do_takes_no_slots() {
    for schedule in [grouped, interleaved, sequential] {
        assert!(schedule(3, 0).is_empty());
        assert!(schedule(0, 3).is_empty());
    }
}
