//! The bundled systems against the published configurations, and what files may get wrong.

use tilesim_machine::{
    ElementType,
    system::{
        BatchNormStatistics, INTERCONNECT_KEYS, LoadedSystem, MemoryProportion, Recomputation, Schedule,
        SystemError, TrainingPrecision, bundled_configurations, bundled_measured, bundled_systems, load,
        parse,
    },
};
use tilesim_test_support::{csv_table, reference};

#[test]
fn the_configurations_are_the_published_ones() {
    let Some(table) = reference::path("paper/configs.csv") else {
        return;
    };
    let rows = csv_table::rows(&table);
    assert_eq!(rows.len(), bundled_configurations().len());
    for row in rows {
        let text = |column: &str| row.text(column);
        let number = |column: &str| row.number(column);
        let name = text("name");
        let system = load(name).expect("bundled").system;
        let training = &system.training;
        let network = system.network.as_ref().expect("a network");
        assert_eq!(system.name, name);
        assert_eq!(u64::from(system.interconnect.chips), number("ipus"), "{name}");
        assert_eq!(u64::from(training.stages), number("pipeline_stages"), "{name}");
        assert_eq!(u64::from(training.replicas), number("replicas"), "{name}");
        assert_eq!(training.splits.join(" "), text("pipeline_splits"), "{name}");
        assert_eq!(training.micro_batch, number("micro_batch"), "{name}");
        assert_eq!(
            training.gradient_accumulation,
            number("gradient_accumulation"),
            "{name}"
        );
        assert_eq!(training.global_batch(), number("global_batch"), "{name}");
        assert_eq!(
            (training.schedule, text("pipeline_schedule")),
            (Schedule::Grouped, "Grouped")
        );
        assert_eq!(
            (training.recomputation, text("recompute")),
            (Recomputation::AllButLast, "True")
        );
        assert_eq!(training.precision.name(), text("precision"), "{name}");
        assert_eq!(training.half_partials, text("half_partials") == "True", "{name}");
        assert_eq!(
            training.offload_optimiser_state,
            text("disable_variable_offloading") == "False",
            "{name}"
        );
        assert_eq!(
            training.image_type == ElementType::U8,
            text("eight_bit_io") == "True"
        );
        assert_eq!(
            training.label_smoothing.to_string(),
            text("label_smoothing"),
            "{name}"
        );
        let shares: Vec<f64> = text("available_memory_proportion")
            .split_whitespace()
            .map(|share| share.parse().expect("a share"))
            .collect();
        let stated = match &training.available_memory_proportion {
            MemoryProportion::Whole(share) => vec![*share],
            MemoryProportion::ByStage(stages) => stages
                .iter()
                .flat_map(|stage| [stage.convolution, stage.matmul])
                .collect(),
        };
        let expected = if shares.is_empty() { vec![0.6] } else { shares };
        assert_eq!(stated, expected, "{name}");
        let model = format!(
            "efficientnet-{}-g{}",
            text("model").to_lowercase(),
            text("group_dim")
        );
        assert_eq!(network.model, model, "{name}");
        let norm = if text("proxy_norm") == "True" {
            "ln+pn"
        } else {
            "gn:4"
        };
        assert_eq!(network.settings["norm"], norm, "{name}");
        assert_eq!(network.settings["resolution"], text("resolution_kind"), "{name}");
    }
}

/// What each measured configuration ran, as far as the table of public sources says it.
#[test]
fn the_measured_configurations_are_those_of_public_sources() {
    let Some(table) = reference::path("silicon/configurations.csv") else {
        return;
    };
    let rows = csv_table::rows(&table);
    let names: Vec<String> = rows
        .iter()
        .map(|row| row.text("configuration").to_owned())
        .collect();
    assert_eq!(names, bundled_measured());
    for (row, name) in rows.iter().zip(&names) {
        let loaded = load(name).expect("bundled");
        let (system, training) = (&loaded.system, &loaded.system.training);
        let network = system.network.as_ref().expect("a network");
        assert_eq!(network.model, row.text("model"), "{name}");
        assert_eq!(network.settings["norm"], row.text("norm"), "{name}");
        assert_eq!(loaded.machine.machine.name, row.text("machine"), "{name}");
        assert_eq!(
            u64::from(system.interconnect.chips),
            row.number("chips"),
            "{name}"
        );
        assert_eq!(u64::from(training.stages), row.number("stages"), "{name}");
        assert_eq!(u64::from(training.replicas), row.number("replicas"), "{name}");
        // The fourth unit of the third stage has the name that the network gives it.
        let splits = row.text("splits").replace("stage3/unit4", "block3d");
        assert_eq!(training.splits.join(" "), splits, "{name}");
        assert_eq!(training.micro_batch, row.number("micro_batch"), "{name}");
        assert_eq!(
            training.gradient_accumulation,
            row.number("accumulation"),
            "{name}"
        );
        assert_eq!(training.half_partials, row.text("precision") == "16.16", "{name}");
        // The table states data and partial sums; weights are half in all of them.
        assert_eq!(training.precision, TrainingPrecision::Half, "{name}");
        let over = row.text("norm_statistics_over");
        let replicas = over.split(' ').next().and_then(|first| first.parse().ok());
        assert_eq!(training.batch_norm_replicas, replicas.unwrap_or(1), "{name}");
        let one_pass = training.batch_norm_statistics == BatchNormStatistics::OnePass;
        assert_eq!(one_pass, row.text("stable_norm").starts_with("no"), "{name}");
        let segments = training.recomputation_segments.len() + 1;
        match row.text("segments_on_one_chip") {
            "" => assert_eq!(segments, 1, "{name}"),
            // Of the 39 tensors that are kept, those that are not beside each other within the last stage of the network.
            "39 named checkpoints" => assert_eq!(segments, 11, "{name}"),
            count => assert_eq!(segments.to_string(), count, "{name}"),
        }
        let io_tiles = Some(row.text("io_tiles").parse().expect("a number")).filter(|tiles| *tiles > 0);
        assert_eq!(training.host.io_tiles, io_tiles, "{name}");
    }
}

#[test]
fn every_number_has_a_source() {
    for name in bundled_systems() {
        let loaded = load(name).expect("bundled");
        assert_eq!(loaded.values.len(), INTERCONNECT_KEYS.len());
        assert!(loaded.values.iter().all(|value| value.source.len() > 8), "{name}");
    }
}

#[test]
fn presets_differ_in_what_they_say() {
    let preset = |name| load(name).expect("bundled");
    assert_eq!(preset("pod16").system.interconnect.chips, 16);
    assert_eq!(preset("pod4").system.interconnect.chips, 4);
    assert_eq!(preset("bow-pod16").machine.machine.name, "bow");
    assert_eq!(preset("bow-pod16").system.training.replicas, 16);
    assert_eq!(preset("single").system.training.replicas, 1);
}

fn changed(key: &str, value: &str) -> Result<LoadedSystem, SystemError> {
    let mut system = load("B0-G1-GN-Native_16IPU_2x8").expect("bundled");
    system.set([(key, value)]).map(|()| system)
}

#[test]
fn settings_change_one_thing() {
    let system = changed("micro_batch", "24").expect("a batch").system;
    assert_eq!(system.training.micro_batch, 24);
    assert_eq!(system.training.gradient_accumulation, 8);
    let system = changed("precision", "16.16").expect("a precision").system;
    assert_eq!(system.training.precision, TrainingPrecision::Half);
    let system = changed("splits", "block4a").expect("a split").system;
    assert_eq!(system.training.splits, ["block4a"]);
    let system = changed("links_between_pairs", "3").expect("a number").system;
    assert_eq!(system.interconnect.links_between_pairs, 3);
    for (key, value) in [
        ("micro_batch", "0"),
        ("micro_batch", "many"),
        ("gradient_accumulation", "6"),
        ("stages", "3"),
        ("replicas", "9"),
        ("schedule", "round"),
        ("dropout", "1"),
        ("available_memory_proportion", "0"),
        ("links_within_pair", "0"),
        ("microbatch", "3"),
    ] {
        let error = changed(key, value).expect_err(key).to_string();
        assert!(error.contains(key) || error.contains("stages"), "{error}");
    }
}

#[test]
fn files_that_are_none_say_where() {
    for (text, expected) in [
        (
            r#"{"name": "x", "description": "", "extends": "pod61"}"#,
            "did you mean `pod16`",
        ),
        (r#"{"name": "x", "description": ""}"#, "machine"),
        (
            r#"{"name": "x", "description": "", "machine": "mk2"}"#,
            "`values.chips`",
        ),
        (
            r#"{"name": "x", "description": "", "extends": "pod16", "values": {"chip": 1}}"#,
            "did you mean `chips`",
        ),
        (
            r#"{"name": "x", "description": "", "extends": "pod16", "training": {"stages": 2}}"#,
            "`training.splits`: has 0 names; expected 1",
        ),
        (
            r#"{"name": "x", "description": "", "extends": "pod16", "training": {"schedule": "?"}}"#,
            "training.schedule",
        ),
        (r#"{"name": "x""#, "x.json:1:"),
    ] {
        let error = parse(text, "x.json").expect_err(text).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn admissible_micro_batches_leave_the_global_batch() {
    let training = load("B0-G1-GN-Native_16IPU_2x8")
        .expect("bundled")
        .system
        .training;
    assert_eq!(training.admissible_micro_batches(), [1, 2, 3, 4, 6, 8, 12, 24]);
}

#[test]
fn links_carry_what_the_vendor_s_figures_say() {
    let interconnect = load("pod16").expect("bundled").system.interconnect;
    // Two links of 128 Gib/s at 85 %: 29 GB/s.
    let rate = interconnect.stage_bytes_per_second(1) as f64;
    assert!((rate / 29.2e9 - 1.0).abs() < 0.01, "{rate}");
    // 2 × 15 ns × (1 + 16 / 4).
    assert_eq!(interconnect.sync_nanoseconds(), 150);
    // 6 MB over 16 chips: 498 k cycles at 1.325 GHz.
    let cycles = interconnect.all_reduce_nanoseconds([6_000_000], 16, 1) as f64 * 1.325;
    assert!((cycles / 498_000.0 - 1.0).abs() < 0.05, "{cycles}");
    assert_eq!(interconnect.all_reduce_nanoseconds([6_000_000], 1, 4), 0);
    // Small ones: 1 K to 128 K take 75 to 105 k cycles.
    let cycles = interconnect.all_reduce_nanoseconds([16_384], 16, 1) as f64 * 1.325;
    assert!((cycles / 100_000.0 - 1.0).abs() < 0.05, "{cycles}");
}

#[test]
fn gradients_are_added_up_in_pieces_one_after_the_other() {
    let interconnect = load("pod16").expect("bundled").system.interconnect;
    let piece = interconnect.collective_piece_bytes;
    let time = |tensors: &[u64]| interconnect.all_reduce_nanoseconds(tensors.iter().copied(), 16, 1);
    let latency = 30 * 2500;
    assert_eq!(time(&[piece, piece]), 2 * time(&[piece]));
    assert_eq!(time(&[piece / 2, piece / 2]), time(&[piece]));
    assert_eq!(time(&[2 * piece + 1]), 2 * time(&[piece]) + time(&[1]));
    assert!(time(&[piece / 2 + 1, piece / 2]) >= time(&[piece]) + latency);
    assert_eq!(time(&[]), 0);
}

#[test]
fn larger_systems_take_longer_to_add_up_and_have_a_host_for_every_four_chips() {
    let of = |name: &str| load(name).expect("bundled").system.interconnect;
    let mut before = 0;
    for (name, chips) in [
        ("pod4", 4),
        ("pod16", 16),
        ("pod64", 64),
        ("pod128", 128),
        ("pod256", 256),
    ] {
        let interconnect = of(name);
        assert_eq!(interconnect.chips, chips);
        let time = interconnect.all_reduce_nanoseconds([10 << 20], chips, 1);
        assert!(time > before, "{name}: {time} ns");
        before = time;
        assert_eq!(
            interconnect.host_bytes_per_second_of(chips, 1),
            6_250_000_000,
            "{name}"
        );
    }
    // 126 steps of a ring over one rack, each with a synchronisation of 64 chips.
    let latency = of("pod64").all_reduce_nanoseconds([1], 64, 1);
    assert_eq!(latency, 126 * (2350 + 510) + 1);
    // A pipeline of two has half of what a gateway takes, one of four a port.
    let interconnect = of("pod16");
    assert_eq!(interconnect.host_bytes_per_second_of(8, 2), 12_500_000_000);
    assert_eq!(interconnect.host_bytes_per_second_of(4, 4), 12_500_000_000);
}

/// Segments are those of one chip, which recomputes them within its backward pass.
#[test]
fn recomputed_segments_are_of_one_chip() {
    let with = |settings: &[(&str, &str)]| {
        let mut system = load("single").expect("bundled");
        let segments = [("recomputation_segments", "block2a block3a")];
        let settings = segments.iter().chain(settings).copied();
        system.set(settings).map(|()| system.system.training)
    };
    let training = with(&[]).expect("one chip");
    assert_eq!(training.schedule, Schedule::Sequential);
    assert_eq!(training.recomputation, Recomputation::AllButLast);
    assert_eq!(training.recomputation_segments, ["block2a", "block3a"]);
    assert!(with(&[("recomputation", "all")]).is_ok());
    for settings in [
        [("recomputation", "none")],
        [("schedule", "grouped")],
        [("schedule", "interleaved")],
    ] {
        let refused = with(&settings);
        assert!(
            matches!(refused, Err(SystemError::Training { .. })),
            "{settings:?}: {refused:?}"
        );
    }
    let mut pipeline = load("pod4").expect("bundled");
    let refused = pipeline.set([
        ("stages", "2"),
        ("splits", "block3a"),
        ("recomputation_segments", "block2a"),
    ]);
    assert!(
        matches!(refused, Err(SystemError::Training { .. })),
        "{refused:?}"
    );
}

/// A turn of a grouped schedule runs a micro-batch for each of its forward and backward stages, one of an interleaved one half as many.
#[test]
fn accumulation_is_a_multiple_of_a_turn() {
    let with = |schedule: &str, accumulation: &str| {
        let mut system = load("pod4").expect("bundled");
        system.set([
            ("stages", "2"),
            ("splits", "block3a"),
            ("schedule", schedule),
            ("gradient_accumulation", accumulation),
        ])
    };
    for (schedule, accumulation, fits) in [
        ("grouped", "4", true),
        ("grouped", "6", false),
        ("grouped", "1", false),
        ("interleaved", "6", true),
        ("interleaved", "5", false),
        ("sequential", "1", true),
        ("sequential", "5", true),
    ] {
        assert_eq!(
            with(schedule, accumulation).is_ok(),
            fits,
            "{schedule} {accumulation}"
        );
    }
}
