//! The time of pipelines, from made-up cycles of their stages.

use proptest::prelude::*;
use tilesim_program::system::{Pass, Slot, grouped, interleaved, sequential};
use tilesim_sim::system::{StageCycles, StageTime, Transfers, spans, timeline};
use tilesim_terms::Phase;

type Schedule = fn(usize, u64) -> Vec<Slot>;

/// All but the last stage recompute.
const SCHEDULES: [Schedule; 3] = [
    |stages, micro_batches| grouped(stages, micro_batches, |stage| stage + 1 < stages),
    |stages, micro_batches| interleaved(stages, micro_batches, |stage| stage + 1 < stages),
    |stages, micro_batches| sequential(stages, micro_batches, |stage| stage + 1 < stages),
];

fn stage() -> impl Strategy<Value = StageCycles> {
    (
        [0_u64..100, 1..1000, 1..1000, 1..3000, 0..500, 0..300, 0..100],
        0_u32..4,
    )
        .prop_map(
            |([host, forward, recompute, backward, update, all_reduce, streaming], host_buffers)| {
                StageCycles {
                    host,
                    host_buffers,
                    forward,
                    recompute,
                    backward,
                    update,
                    all_reduce,
                    streaming,
                }
            },
        )
}

fn stages() -> impl Strategy<Value = Vec<StageCycles>> {
    prop::collection::vec(stage(), 1..6)
}

/// Cycles of all that a stage does and waits for.
fn spent(stage: &StageCycles, time: &StageTime) -> u64 {
    let passes = Pass::ALL.map(|pass| time.passes[pass as usize] * stage.of(pass));
    let outside = Phase::ALL.iter().map(|&phase| time.outside(phase));
    passes.iter().sum::<u64>() + stage.update + outside.sum::<u64>()
}

fn transfers(stages: usize) -> Transfers {
    Transfers {
        outputs: (0..stages as u64).map(|stage| 10 + stage).collect(),
        input_gradients: (0..stages as u64).map(|stage| 20 + stage).collect(),
        sync: 7,
    }
}

/// The time of a grouped pipeline as the framework composes it, written down once more: `T = Σ step(t) + (GA + 2 S − 1) · copies +
/// all-reduce + update`, where a step is the slowest stage's backward pass, forward pass with what it waits for the host, and the
/// recomputation of the next step, of all stages but the last.
fn grouped_by_formula(stages: &[StageCycles], micro_batches: u64, transfers: &Transfers) -> u64 {
    let count = stages.len() as u64;
    // Whether 0 ≤ time − delay < GA.
    let active = |time: u64, delay: u64| (delay..delay + micro_batches).contains(&time);
    let step = |time: u64| {
        let own = (0..count).zip(stages).map(|(s, stage)| {
            let mut own = 0;
            if active(time, s) {
                own += stage.host + stage.forward;
            }
            if active(time, 2 * count - 1 - s) {
                own += stage.backward;
            }
            if s < count - 1 && active(time + 1, 2 * count - 1 - s) {
                own += stage.recompute;
            }
            own
        });
        own.max().unwrap_or(0)
    };
    let steps: u64 = (0..micro_batches + 2 * count - 1).map(step).sum();
    let outputs: u64 = transfers.outputs.iter().take(stages.len() - 1).sum();
    let gradients: u64 = transfers.input_gradients.iter().skip(1).sum();
    let copies = outputs + gradients + 2 * (stages.len() as u64 - 1) * transfers.sync;
    let most = |of: fn(&StageCycles) -> u64| stages.iter().map(of).max().unwrap_or(0);
    let update = most(|stage| stage.all_reduce) + most(|stage| stage.update + stage.streaming);
    steps + (micro_batches + 2 * stages.len() as u64 - 1) * copies + update
}

proptest! {
    #[test]
    fn every_cycle_of_every_stage_is_accounted_for(stages in stages(), micro_batches in 1_u64..30) {
        for schedule in SCHEDULES {
            let slots = schedule(stages.len(), micro_batches);
            let time = timeline(&slots, &stages, &transfers(stages.len()));
            let spans = spans(&slots, &stages, &transfers(stages.len()));
            for (index, (stage, of_stage)) in stages.iter().zip(&time.stages).enumerate() {
                let again = if index + 1 < stages.len() { micro_batches } else { 0 };
                prop_assert_eq!(of_stage.passes, [micro_batches, again, micro_batches]);
                prop_assert_eq!(spent(stage, of_stage), time.cycles);
                prop_assert_eq!(spans[index].iter().map(|span| span.cycles).sum::<u64>(), time.cycles);
            }
        }
    }

    #[test]
    fn a_grouped_pipeline_takes_what_the_formula_says(
        stages in stages(),
        turns in 1_u64..9,
        more in 0_u64..3,
    ) {
        let stages: Vec<StageCycles> = stages
            .into_iter()
            .map(|stage| StageCycles { host_buffers: 0, ..stage })
            .collect();
        let micro_batches = turns * 2 * stages.len() as u64 + more;
        let transfers = transfers(stages.len());
        let time = timeline(&SCHEDULES[0](stages.len(), micro_batches), &stages, &transfers);
        prop_assert_eq!(time.cycles, grouped_by_formula(&stages, micro_batches, &transfers));
    }

    /// Equal stages that all recompute: a micro-batch passes all in turn of a sequential schedule.
    #[test]
    fn one_stage_at_a_time_takes_the_sum(stages in stages(), micro_batches in 1_u64..40) {
        let slots = sequential(stages.len(), micro_batches, |_| true);
        let time = timeline(&slots, &stages, &Transfers::default());
        let pass = |stage: &StageCycles| stage.forward + stage.recompute + stage.backward;
        let passes: u64 = stages.iter().map(pass).sum();
        let waits: u64 = time.stages.iter().map(|stage| stage.host).sum();
        let update = stages.iter().map(|stage| stage.update + stage.streaming).max().unwrap_or(0);
        let all_reduce = stages.iter().map(|stage| stage.all_reduce).max().unwrap_or(0);
        prop_assert_eq!(time.cycles, micro_batches * passes + waits + update + all_reduce);
    }

    /// No pipeline is faster than its slowest stage, nor slower than all stages one after the other.
    #[test]
    fn pipelines_lie_between_their_bounds(stages in stages(), micro_batches in 1_u64..30) {
        let host = |stage: &StageCycles| if stage.host_buffers == 0 { stage.host } else { 0 };
        let passes = |(index, stage): (usize, &StageCycles)| {
            let again = if index + 1 < stages.len() { stage.recompute } else { 0 };
            stage.forward + stage.backward + again
        };
        let own = stages.iter().enumerate().map(|of| host(of.1) + passes(of));
        let all = stages.iter().enumerate().map(|of| of.1.host + passes(of));
        let least = micro_batches * own.max().unwrap_or(0);
        let most = micro_batches * all.sum::<u64>()
            + stages.iter().map(|stage| stage.update + stage.streaming).max().unwrap_or(0)
            + stages.iter().map(|stage| stage.all_reduce).max().unwrap_or(0);
        for schedule in &SCHEDULES[..2] {
            let slots = schedule(stages.len(), micro_batches);
            let time = timeline(&slots, &stages, &Transfers::default());
            prop_assert!((least..=most).contains(&time.cycles), "{} {} {}", least, time.cycles, most);
        }
    }
}

/// Two stages, two micro-batches, by hand.
#[test]
fn a_small_pipeline_by_hand() {
    let of = |forward, recompute, backward| StageCycles {
        forward,
        recompute,
        backward,
        ..StageCycles::default()
    };
    let stages = [of(5, 6, 7), of(4, 100, 9)];
    let transfers = Transfers {
        outputs: vec![2, 0],
        input_gradients: vec![0, 3],
        sync: 1,
    };
    let time = timeline(&SCHEDULES[0](2, 2), &stages, &transfers);
    // Stage 0: F0 | F1 | R0 | B0 R1 | B1; stage 1: – | F0 | B0 F1 | B1 | –.
    let compute = 5 + 5 + 13 + 13 + 7;
    let copies = 2 + 3 + 2;
    assert_eq!(time.cycles, compute + 5 * copies);
    assert_eq!(time.full_slot, 13 + copies);
    let index = |pass: Pass| pass as usize;
    let [first, last] = &time.stages[..] else {
        panic!("two stages")
    };
    assert_eq!(first.waiting[index(Pass::Recompute)], 13 - 6);
    assert_eq!([first.idle, last.idle], [[0, 0, 0], [5, 0, 7]]);
    assert_eq!(last.waiting, [1, 0, 13 - 9]);
    assert_eq!((first.link, first.sync), ([10, 0, 15], [5, 0, 5]));
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
        let time = timeline(&SCHEDULES[2](1, 10), &[stage], &Transfers::default());
        (time.cycles, time.stages[0].host)
    };
    assert_eq!(time(90, 0), (1900, 900));
    assert_eq!(time(90, 1), (1000, 0));
    // The first micro-batch is there, each of the nine others comes 130 cycles after the one before.
    assert_eq!(time(130, 1), (1000 + 9 * 30, 270));
    // With two of them there, eight come later, one after the other from the beginning.
    assert_eq!(time(130, 2), (8 * 130 + 100, 140));
}
