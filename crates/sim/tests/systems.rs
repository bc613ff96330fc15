//! Systems of chips: every tile-cycle of every stage has one phase and one cause.

use tilesim_lower::{PlanSource, system::lower_system};
use tilesim_machine::system::{Interconnect, LoadedSystem, load};
use tilesim_models::{ModelSpec, build};
use tilesim_program::system::{Pass, SystemProgram};
use tilesim_sim::{
    Cause, GeometrySource, SimError,
    system::{Activity, SystemProfile, simulate_system},
};
use tilesim_terms::{Cancellation, Framework, Phase, Software, Toolchain};

/// Without a framework, with the newest release.
fn library() -> Toolchain {
    Toolchain {
        framework: Framework::LIBRARY,
        software: Software::default(),
    }
}

/// A small network in two stages on four chips, with the given settings.
fn program(settings: &[(&str, &str)]) -> (SystemProgram, LoadedSystem) {
    let mut system = load("pod4").expect("bundled");
    let defaults = [
        ("stages", "2"),
        ("splits", "block2a"),
        ("micro_batch", "2"),
        ("gradient_accumulation", "8"),
    ];
    system
        .set(defaults.into_iter().chain(settings.iter().copied()))
        .expect("settings");
    let mut spec = ModelSpec::load("efficientnet-b0-g16").expect("bundled");
    for (key, value) in [("resolution", "48"), ("norm", "ln+pn"), ("depth", "0.1")] {
        spec.set(key, value).expect(key);
    }
    let setup = &system.system.training;
    let network = build(&spec, setup.micro_batch).expect("a network");
    let machine = &system.machine.machine;
    let program = lower_system(
        &network,
        setup,
        library(),
        machine,
        PlanSource::Own,
        &Cancellation::never(),
    )
    .expect("a program");
    (program, system)
}

/// Its run.
fn run(settings: &[(&str, &str)]) -> (SystemProfile, LoadedSystem) {
    let (program, system) = program(settings);
    let machine = &system.machine.machine;
    let profile = simulate_system(
        &program,
        machine,
        &system.system.interconnect,
        GeometrySource::Own,
        &Cancellation::never(),
    )
    .expect("a profile");
    (profile, system)
}

fn whole(profile: &SystemProfile, cause: Cause) -> u64 {
    profile.causes().iter().map(|causes| causes[cause]).sum()
}

#[test]
fn causes_sum_to_the_tile_cycles_of_every_stage() {
    for schedule in ["grouped", "interleaved", "sequential"] {
        let (profile, _) = run(&[("schedule", schedule)]);
        assert_eq!(profile.images, 2 * 8 * 2);
        assert!(profile.stages[0].phases.cycles(Phase::Recompute) > 0);
        assert_eq!(profile.stages[1].phases.cycles(Phase::Recompute), 0);
        for stage in &profile.stages {
            let sum: u64 = stage.causes.iter().map(tilesim_sim::TileCycles::total).sum();
            assert_eq!(sum, profile.cycles * profile.tiles, "{schedule}");
            for phase in [Phase::Forward, Phase::Backward, Phase::Update] {
                assert!(stage.phases.cycles(phase) > 0, "{schedule}, {}", phase.name());
            }
        }
    }
}

/// What counters do not hold is an error, whichever rate it comes from.
#[test]
fn more_cycles_than_counters_hold_are_an_error() {
    let (program, system) = program(&[]);
    let mut machine = system.machine.machine;
    machine.clock_hz = u64::MAX;
    let bundled = system.system.interconnect;
    let slow = [
        Interconnect {
            host_port_bytes_per_second: 1,
            ..bundled
        },
        Interconnect {
            collective_bytes_per_second: 1,
            ..bundled
        },
        Interconnect {
            link_bits_per_second: 1,
            ..bundled
        },
        Interconnect {
            sync_hop_nanoseconds: u32::MAX,
            chips: 4,
            ..bundled
        },
    ];
    for interconnect in slow {
        let answer = simulate_system(
            &program,
            &machine,
            &interconnect,
            GeometrySource::Own,
            &Cancellation::never(),
        );
        let answer = answer.map(|profile| profile.cycles);
        assert!(matches!(answer, Err(SimError::Overflow { .. })), "{answer:?}");
    }
}

#[test]
fn recomputation_costs_time_and_saves_what_is_kept() {
    let run = |recomputation| run(&[("recomputation", recomputation), ("micro_batch", "64")]);
    let (all, _) = run("all");
    let (none, _) = run("none");
    let (but_last, _) = run("all_but_last");
    let recompute =
        |profile: &SystemProfile, stage: usize| profile.stages[stage].phases.cycles(Phase::Recompute);
    assert_eq!([recompute(&none, 0), recompute(&none, 1)], [0, 0]);
    assert!(recompute(&but_last, 0) > 0 && recompute(&but_last, 1) == 0);
    assert!(none.cycles < but_last.cycles && but_last.cycles <= all.cycles);
    assert!(none.balance() >= 1.0 && none.balance() <= 2.0);
    assert!(none.stages[0].memory.kept_bytes > all.stages[0].memory.kept_bytes);
}

#[test]
fn pipelines_beat_one_stage_at_a_time() {
    let (grouped, _) = run(&[]);
    let (sequential, _) = run(&[("schedule", "sequential")]);
    assert!(grouped.cycles < sequential.cycles);
    assert_eq!(grouped.stages[0].memory.in_flight, 2);
    assert_eq!(sequential.stages[0].memory.in_flight, 0);
}

#[test]
fn offloaded_state_is_streamed_and_off_the_chip() {
    let (resident, _) = run(&[]);
    let (offloaded, _) = run(&[("offload_optimiser_state", "true")]);
    for (resident, offloaded) in resident.stages.iter().zip(&offloaded.stages) {
        assert_eq!(resident.time.streaming, 0);
        assert!(offloaded.time.streaming > 0);
        assert!(offloaded.memory.always_live_bytes < resident.memory.always_live_bytes);
    }
}

#[test]
fn faster_links_shorten_the_update() {
    let (slow, _) = run(&[("link_efficiency_percent", "10")]);
    let (fast, system) = run(&[]);
    assert!(whole(&fast, Cause::Link) < whole(&slow, Cause::Link));
    assert!(fast.cycles < slow.cycles);
    // Two replicas add up their gradients once.
    let interconnect = system.system.interconnect;
    let bytes = 1_000_000;
    assert!(interconnect.all_reduce_nanoseconds([bytes], 2, 2) > 0);
}

#[test]
fn spans_follow_each_other_and_sum_to_what_every_stage_does() {
    for schedule in ["grouped", "interleaved", "sequential"] {
        let (profile, _) = run(&[("schedule", schedule), ("offload_optimiser_state", "true")]);
        for stage in &profile.stages {
            let mut now = 0;
            for span in &stage.spans {
                assert!(span.start == now && span.cycles > 0, "{schedule}: {span:?}");
                now += span.cycles;
            }
            assert_eq!(now, profile.cycles, "{schedule}");
            let sum = |activity: Activity| -> u64 {
                let of = stage.spans.iter().filter(|span| span.activity == activity);
                of.map(|span| span.cycles).sum()
            };
            let (time, phases, waiting) = (&stage.time, &stage.phases, stage.waiting());
            let times = |pass: Pass| time.passes[pass as usize] * phases.cycles(pass.phase());
            let expected = [
                (Activity::Host, time.host),
                (Activity::Forward, times(Pass::Forward)),
                (Activity::Recompute, times(Pass::Recompute)),
                (Activity::Backward, times(Pass::Backward)),
                (Activity::Update, phases.cycles(Phase::Update)),
                (Activity::Link, time.link.iter().sum()),
                (Activity::Sync, time.sync.iter().sum()),
                (Activity::AllReduce, time.all_reduce),
                (Activity::Streaming, time.streaming),
                (Activity::SlowerStages, waiting.slower_stages),
                (Activity::FillAndDrain, waiting.fill_and_drain),
            ];
            for (activity, cycles) in expected {
                assert_eq!(sum(activity), cycles, "{schedule}, {}", activity.name());
            }
        }
    }
}

#[test]
fn segments_on_one_chip_cost_time_and_save_memory() {
    let chip = |more: &[(&str, &str)]| {
        let alone = [
            ("stages", "1"),
            ("splits", ""),
            ("micro_batch", "64"),
            ("gradient_accumulation", "3"),
        ];
        let settings: Vec<(&str, &str)> = alone.into_iter().chain(more.iter().copied()).collect();
        run(&settings).0
    };
    let whole = chip(&[]);
    let segments = chip(&[("recomputation_segments", "block2a block3a block5a")]);
    let memory = |profile: &SystemProfile| profile.stages[0].memory.peak_bytes;
    assert!(
        memory(&segments) < memory(&whole),
        "{} {}",
        memory(&segments),
        memory(&whole)
    );
    let of = |profile: &SystemProfile, phase: Phase| profile.stages[0].phases.cycles(phase);
    assert_eq!(of(&whole, Phase::Recompute), 0);
    // All but the last segment run twice.
    let again = of(&segments, Phase::Recompute);
    assert!(again > of(&whole, Phase::Forward) / 3 && again < of(&whole, Phase::Forward));
    assert!(segments.cycles > whole.cycles + 3 * again / 2);
    let stage = &segments.stages[0];
    assert_eq!(stage.time.passes, [3, 3, 3]);
    let sum: u64 = stage.causes.iter().map(tilesim_sim::TileCycles::total).sum();
    assert_eq!(sum, segments.cycles * segments.tiles);
}
