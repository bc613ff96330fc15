//! The time of pipelines, from made-up cycles of their stages.

use proptest::prelude::*;
use tilesim_program::system::{Slot, grouped, interleaved, sequential};
use tilesim_sim::system::{StageCycles, Transfers, timeline};
use tilesim_terms::Phase;

fn stage() -> impl Strategy<Value = StageCycles> {
    ([0_u64..100, 1..1000, 1..3000, 0..500, 0..300, 0..100], 0_u32..4).prop_map(
        |([host, forward, backward, update, all_reduce, streaming], host_buffers)| StageCycles {
            host,
            host_buffers,
            forward,
            backward,
            update,
            all_reduce,
            streaming,
        },
    )
}

fn stages() -> impl Strategy<Value = Vec<StageCycles>> {
    prop::collection::vec(stage(), 1..6)
}

/// Cycles of all that a stage does and waits for.
fn spent(stage: &StageCycles, time: &tilesim_sim::system::StageTime) -> u64 {
    let own = time.forwards * stage.forward + time.backwards * stage.backward + stage.update;
    own + Phase::ALL.iter().map(|&phase| time.outside(phase)).sum::<u64>()
}

fn transfers(stages: usize) -> Transfers {
    Transfers {
        outputs: (0..stages as u64).map(|stage| 10 + stage).collect(),
        input_gradients: (0..stages as u64).map(|stage| 20 + stage).collect(),
        sync: 7,
    }
}

proptest! {
    #[test]
    fn every_cycle_of_every_stage_is_accounted_for(stages in stages(), micro_batches in 1_u64..30) {
        let schedules: [fn(usize, u64) -> Vec<Slot>; 3] = [grouped, interleaved, sequential];
        for schedule in schedules {
            let slots = schedule(stages.len(), micro_batches);
            let time = timeline(&slots, &stages, &transfers(stages.len()));
            for (stage, of_stage) in stages.iter().zip(&time.stages) {
                prop_assert_eq!(of_stage.forwards, micro_batches);
                prop_assert_eq!(of_stage.backwards, micro_batches);
                prop_assert_eq!(spent(stage, of_stage), time.cycles);
            }
        }
    }

    /// T = Σ (max F) + Σ (max (R + B + W)) over GA + S − 1 halves each, with equal stages.
    #[test]
    fn equal_stages_take_the_closed_form(stage in stage(), count in 1_usize..6, micro_batches in 1_u64..40) {
        let stages = vec![StageCycles { host: 0, ..stage }; count];
        let time = timeline(&grouped(count, micro_batches), &stages, &Transfers::default());
        let halves = micro_batches + count as u64 - 1;
        let update = stage.all_reduce + stage.update + stage.streaming;
        prop_assert_eq!(time.cycles, halves * (stage.forward + stage.backward) + update);
        let one_by_one = timeline(&sequential(count, micro_batches), &stages, &Transfers::default());
        prop_assert_eq!(
            one_by_one.cycles,
            micro_batches * count as u64 * (stage.forward + stage.backward) + update
        );
    }

    /// No pipeline is faster than its slowest stage, nor slower than all stages one after the other.
    #[test]
    fn pipelines_lie_between_their_bounds(stages in stages(), micro_batches in 1_u64..30) {
        let own = |stage: &StageCycles| {
            let host = if stage.host_buffers == 0 { stage.host } else { 0 };
            host + stage.forward + stage.backward
        };
        let update = |stage: &StageCycles| stage.update + stage.streaming;
        let slowest = stages.iter().map(own).max().unwrap_or(0);
        let all: u64 = stages.iter().map(|stage| stage.host + stage.forward + stage.backward).sum();
        let least = micro_batches * slowest;
        let most = micro_batches * all
            + stages.iter().map(update).max().unwrap_or(0)
            + stages.iter().map(|stage| stage.all_reduce).max().unwrap_or(0);
        let time = timeline(&grouped(stages.len(), micro_batches), &stages, &Transfers::default());
        prop_assert!((least..=most).contains(&time.cycles), "{} {} {}", least, time.cycles, most);
    }
}

/// Two stages, two micro-batches, by hand: F 5 | F 5·4 | F 4, then B 7·9 … as the schedule mirrors.
#[test]
fn a_small_pipeline_by_hand() {
    let of = |forward, backward| StageCycles {
        forward,
        backward,
        ..StageCycles::default()
    };
    let stages = [of(5, 7), of(4, 9)];
    let transfers = Transfers {
        outputs: vec![2, 0],
        input_gradients: vec![0, 3],
        sync: 1,
    };
    let time = timeline(&grouped(2, 2), &stages, &transfers);
    // Forward halves: 5 (stage 0), 5 (both), 4 (stage 1); backward halves: 9 (stage 1), 9 (both), 7 (stage 0).
    let compute = 5 + 5 + 4 + 9 + 9 + 7;
    let links = 2 + 2 + 3 + 3;
    assert_eq!(time.cycles, compute + links + 6);
    assert_eq!(time.full_slots, [5 + 2 + 1, 9 + 3 + 1]);
    assert_eq!(time.stages[0].idle, [4, 9]);
    assert_eq!(time.stages[0].waiting, [0, 2]);
    assert_eq!(time.stages[1].idle, [5, 7]);
    assert_eq!(time.stages[1].waiting, [1, 0]);
}

/// One stage on one chip that the host feeds: what it sends beside the stage's work is waited for only where it takes longer.
#[test]
fn a_stage_waits_for_a_host_that_is_slower_than_it() {
    let time = |host, host_buffers| {
        let stage = StageCycles {
            host,
            host_buffers,
            forward: 40,
            backward: 60,
            ..StageCycles::default()
        };
        let time = timeline(&sequential(1, 10), &[stage], &Transfers::default());
        (time.cycles, time.stages[0].host)
    };
    assert_eq!(time(90, 0), (1900, 900));
    assert_eq!(time(90, 1), (1000, 0));
    // The first micro-batch is there, each of the nine others comes 130 cycles after the one before.
    assert_eq!(time(130, 1), (1000 + 9 * 30, 270));
    // With two of them there, eight come later, one after the other from the beginning.
    assert_eq!(time(130, 2), (8 * 130 + 100, 140));
}
