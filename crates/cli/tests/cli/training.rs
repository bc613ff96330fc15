//! Training on systems: answers that add up, searches, validation, mistakes.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tilesim_test_support::reference;

use crate::support::{snapshot, tilesim};

/// The JSON answer of a command line, and its exit code.
fn answer(arguments: &str) -> (Value, Option<i32>) {
    let arguments: Vec<&str> = arguments
        .split_whitespace()
        .chain(["--format", "json", "--quiet"])
        .collect();
    let output = tilesim(&arguments).output().expect("the binary runs");
    let text = String::from_utf8_lossy(&output.stderr);
    let value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("JSON; {text}"));
    (value, output.status.code())
}

fn number(value: &Value, path: &str) -> f64 {
    value
        .pointer(path)
        .and_then(Value::as_f64)
        .unwrap_or_else(|| panic!("a number at {path}"))
}

fn sum(causes: &Value) -> u64 {
    causes
        .as_object()
        .expect("causes")
        .values()
        .filter_map(Value::as_u64)
        .sum()
}

#[test]
fn a_configuration_trains() {
    let (result, _) = answer("simulate --mode training --system B0-G1-GN-Native_16IPU_2x8");
    assert_eq!(result["schema"], "tilesim-training/1");
    assert_eq!(result["system"]["global_batch"], 768);
    let cycles = result["time"]["cycles"].as_u64().expect("cycles");
    assert_eq!(sum(&result["cycles_by_cause"]), cycles);
    let stages = result["stages"].as_array().expect("stages");
    assert_eq!(stages.len(), 2);
    // All but the last stage recompute.
    assert_eq!(result["system"]["recomputation"], "all_but_last");
    assert_eq!(stages[1]["cycles"]["recompute"], 0);
    assert!(number(&result, "/balance") >= 1.0);
    for stage in stages {
        assert_eq!(sum(&stage["cycles_by_cause"]), cycles);
        let phases = stage["cycles_by_phase"].as_object().expect("phases");
        assert_eq!(phases.values().map(sum).sum::<u64>(), cycles);
        for phase in ["forward", "recompute", "backward", "update"] {
            let of_layers: u64 = stage["layers"]
                .as_array()
                .expect("layers")
                .iter()
                .filter(|layer| layer["phase"] == phase)
                .filter_map(|layer| layer["cycles"].as_u64())
                .sum();
            assert_eq!(Some(of_layers), stage["cycles"][phase].as_u64(), "{phase}");
        }
    }
    assert_eq!(stages[0]["memory"]["in_flight"], 2);
    assert_eq!(stages[1]["memory"]["in_flight"], 0);
    let expected = 768.0 / number(&result, "/time/seconds");
    assert!((number(&result, "/time/images_per_second") / expected - 1.0).abs() < 1e-9);
}

/// Masters et al. 2021 report that networks with layer norm and proxy-normalised activations train about 10 % slower than the same with
/// group norm: statistics and gradients of proxies come on top, and what they normalise is one more pass over each activation. That
/// the order is right, and the distance not twice the one reported, is what can be asked without fitting anything to it.
/// Overlapped transfers cost a stage a few tiles instead of its wait, until the host sends a micro-batch more slowly than it is used.
#[test]
fn a_host_that_sends_beside_the_stages_is_waited_for_where_it_is_slow() {
    let run = |settings: &str| {
        let system = "simulate --mode training --system B0-G16-GN-Half_16IPU_2x8";
        let (result, _) = answer(&format!("{system} {settings}"));
        assert_eq!(
            result["time"]["cycles"].as_u64(),
            Some(sum(&result["cycles_by_cause"]))
        );
        result
    };
    let overlapped = "--set system.host_io=overlapped --set system.io_tiles=64";
    let slow_host = "--set system.host_bytes_per_second=125000000";
    let (serial, hidden) = (run(""), run(overlapped));
    let (slow, bound) = (run(slow_host), run(&format!("{overlapped} {slow_host}")));
    let waits = |result: &Value| number(result, "/stages/0/waits/host");
    assert!(waits(&serial) > 0.0);
    assert_eq!(hidden["stages"][0]["waits"]["host"], 0);
    assert!(waits(&bound) > 0.0 && waits(&bound) < waits(&slow));
    assert!(number(&bound, "/time/cycles") < number(&slow, "/time/cycles"));
    assert_eq!(hidden["system"]["overlap"]["io_tiles"], 64);
}

/// The source says about 10 % (Masters et al. 2021, arXiv 2106.03640, section 3.4); more than twice as much, or hardly any, would say that a
/// step of either norm is missing: the price depends on the balance of both.
#[test]
fn proxy_normalised_activations_cost_what_their_source_says() {
    let pipelines = [
        ("B0", "2x8"),
        ("B1", "2x8"),
        ("B2", "4x4"),
        ("B3", "4x4"),
        ("B4", "4x4"),
        ("B5", "4x4"),
    ];
    for (size, pipeline) in pipelines {
        let images_per_second = |norm: &str| {
            let (result, code) = answer(&format!(
                "simulate --mode training --system {size}-G16-{norm}-Native_16IPU_{pipeline}"
            ));
            assert_eq!(code, Some(0), "{size} with {norm} fits");
            assert_eq!(result["system"]["global_batch"], 768, "{size} with {norm}");
            number(&result, "/time/images_per_second")
        };
        let price = 1.0 - images_per_second("LN_PN") / images_per_second("GN");
        assert!((0.07..0.17).contains(&price), "{size}: {:.1} %", 100.0 * price);
    }
}

#[test]
fn splits_are_balanced_and_micro_batches_searched() {
    let (result, _) = answer(
        "simulate efficientnet-b0-g16@:resolution=64,norm=gn:4 --mode training --system pod4 \
         --set system.stages=2 --set system.splits=block2a --set system.micro_batch=2 \
         --set system.gradient_accumulation=8 --balance --max-batch",
    );
    let proposed = number(&result, "/proposal/images_per_second");
    assert!(proposed > number(&result, "/time/images_per_second"), "{result}");
    assert_ne!(result["proposal"]["splits"], result["system"]["splits"]);
    let largest = number(&result, "/memory/largest_micro_batch");
    assert!([1.0, 2.0, 4.0].contains(&largest), "{largest}");
}

#[test]
fn one_chip_trains_without_a_system() {
    let (result, _) =
        answer("simulate efficientnet-b0-g1@bow:resolution=64 --mode training --batch 2 --precision 16.32");
    assert_eq!(result["machine"]["name"], "bow");
    assert_eq!(result["system"]["chips"], 1);
    assert_eq!(result["system"]["recomputation"], "none");
    assert_eq!(result["cycles_by_cause"]["bubble"], 0);
    assert_eq!(result["cycles_by_cause"]["link"], 0);
}

#[test]
fn throughput_is_validated_with_its_budget() {
    let folder = tempfile::tempdir().expect("a folder");
    let table = folder.path().join("throughput.csv");
    std::fs::write(
        &table,
        "config,training_images_per_second_pod16\nB0-G1-GN-Native_16IPU_2x8,26411.9\nB0-G16-GN-Native_16IPU_2x8,29593.7\n",
    )
    .expect("written");
    let arguments = format!("validate training {} --explain", table.display());
    let (validation, code) = answer(&arguments);
    assert_eq!(code, Some(0));
    let rows = validation["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 2);
    for row in rows {
        let slots = number(row, "/budget/slot/slots");
        let phases = row["budget"]["cycles"].as_object().expect("phases");
        let total: u64 = phases.values().map(sum).sum();
        let slot = number(row, "/budget/slot/predicted");
        assert!((total as f64 / slots / slot - 1.0).abs() < 1e-4);
        let error = number(row, "/predicted") / number(row, "/measured") - 1.0;
        assert!((error - number(row, "/error")).abs() < 1e-12);
    }
    assert_eq!(validation["group_size_ratios"].as_array().map(Vec::len), Some(1));
}

#[test]
fn systems_that_cannot_be() {
    for (name, arguments) in [
        (
            "unknown_system",
            "simulate resnet50 --mode training --system pod61",
        ),
        (
            "system_without_network",
            "simulate --mode training --system pod16",
        ),
        ("system_for_inference", "simulate resnet50 --system pod16"),
        (
            "system_and_batch",
            "simulate resnet50 --mode training --system pod16 --batch 4",
        ),
        (
            "system_split",
            "simulate resnet50 --mode training --system pod4 --set system.stages=2 --set system.splits=block9",
        ),
        (
            "system_stages",
            "simulate resnet50 --mode training --system pod4 --set system.stages=8",
        ),
        (
            "system_setting",
            "simulate resnet50 --mode training --system pod4 --set system.microbatch=8",
        ),
        (
            "setting_of_no_system",
            "simulate resnet50 --set system.micro_batch=8",
        ),
        ("training_compared", "compare resnet50 --mode training"),
    ] {
        insta::assert_snapshot!(format!("bad_{name}"), snapshot(arguments));
    }
}

#[test]
fn systems_are_listed_and_explained() {
    let (listing, _) = answer("machines");
    assert_eq!(listing["systems"].as_array().map(Vec::len), Some(61));
    let (explanation, _) = answer("machines B5-G1-GN-Native_16IPU_4x4");
    assert_eq!(explanation["summary"]["network"], "efficientnet-b5-g1");
    let (schema, _) = answer("schema system");
    assert_eq!(schema["title"], "SystemFile");
}

/// What the command line sets prevails over what the system's file sets.
#[test]
fn settings_prevail_over_those_of_the_system() {
    let system = "simulate --mode training --system B0-G16-GN-Native_16IPU_2x8";
    let (as_published, _) = answer(system);
    let (changed, _) = answer(&format!("{system} --set resolution=64 --set norm=ln"));
    assert!(number(&changed, "/theoretical/macs") < number(&as_published, "/theoretical/macs") / 4.0);
    let (named, _) = answer(
        "simulate efficientnet-b0-g16 --mode training --system B0-G16-GN-Native_16IPU_2x8 --set resolution=64 --set norm=ln",
    );
    assert_eq!(changed["time"], named["time"]);
}

/// A file is told to be a system by what only systems have, so that what is wrong with it is said of a system.
#[test]
fn a_system_with_a_mistake_is_not_read_as_a_machine() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.json");
    for (text, expected) in [
        (
            r#"{"name": "mine", "description": "", "extends": "pod4", "values": {}, "training": {"stage": 2}}"#,
            "training.stage",
        ),
        (
            r#"{"name": "mine", "description": "", "extends": "pod4", "values": {"chip": 4}}"#,
            "did you mean `chips`",
        ),
    ] {
        std::fs::write(&file, text).expect("written");
        let output = tilesim(&["machines", &file.display().to_string()])
            .output()
            .expect("it runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2));
        assert!(error.contains(expected), "{error}");
    }
}

/// A machine of one's own trains, whoever names it: the system's file, another file that it extends, or the command.
#[test]
fn machines_of_files_train() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    };
    let own = write(
        "own.json",
        r#"{"$schema": "s", "name": "own", "description": "", "extends": "mk2", "values": {"tiles": {"value": 64}}}"#,
    );
    write(
        "larger.json",
        r#"{"name": "larger", "description": "", "extends": "own.json", "values": {"tile_memory_bytes": 100000000}}"#,
    );
    let system = write(
        "system.json",
        r#"{"name": "mine", "description": "", "extends": "pod4", "machine": "larger.json"}"#,
    );
    for (arguments, machine) in [
        (&[][..], "larger"),
        (&["--machine", "bow"][..], "bow"),
        (
            &["--machine", &own, "--set", "machine.exchange_bus_sharing=false"][..],
            "own",
        ),
    ] {
        let network = [
            "simulate",
            "mobilenet-v1",
            "--set",
            "resolution=32",
            "--mode",
            "training",
        ];
        let all = [
            &network[..],
            &["--system", &system, "--format", "json"],
            arguments,
        ]
        .concat();
        let output = tilesim(&all).output().expect("it runs");
        let result: serde_json::Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        assert_eq!(result["machine"]["name"], machine, "{arguments:?}");
    }
    write(
        "circle.json",
        r#"{"name": "a", "description": "", "extends": "circle.json"}"#,
    );
    let circle = folder.path().join("circle.json").display().to_string();
    let output = tilesim(&["machines", &circle]).output().expect("it runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("circle.json:1:45: field `extends`: leads back to"),
        "{error}"
    );
}

/// The published configurations fitted into the memory of their chips, and most took the largest micro-batch that did.
#[test]
fn published_configurations_fit_and_most_take_the_largest_micro_batch() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/paper");
    let files = std::fs::read_dir(folder).expect("the configurations");
    let (mut configurations, mut largest) = (0, 0);
    for file in files.map(|file| file.expect("a file").path()) {
        let (result, code) = answer(&format!(
            "simulate --mode training --system {} --max-batch",
            file.display()
        ));
        assert_eq!(
            (code, &result["memory"]["fits"]),
            (Some(0), &Value::Bool(true)),
            "{file:?}"
        );
        configurations += 1;
        largest += usize::from(result["memory"]["largest_micro_batch"] == result["system"]["micro_batch"]);
    }
    assert_eq!(configurations, 30);
    // Fewer than are to be: what recomputations copy out of their function is left out (docs/memory.md).
    assert!(largest >= 9, "{largest} of 30");
}

/// Configurations that ran on Mk2 and Bow fit there, whatever their number of chips.
#[test]
fn what_ran_on_silicon_fits() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/silicon");
    let files = std::fs::read_dir(folder).expect("the configurations");
    let files = files.map(|file| file.expect("a file").path());
    // Runs on a Mk1 take more memory here than it has (docs/memory.md).
    let not_mk1 = |file: &PathBuf| !file.to_string_lossy().contains("mk1");
    let mut configurations = 0;
    for file in files.filter(not_mk1) {
        let (result, code) = answer(&format!("simulate --mode training --system {}", file.display()));
        let fits = &result["memory"]["fits"];
        assert_eq!((code, fits), (Some(0), &Value::Bool(true)), "{}", file.display());
        configurations += 1;
    }
    assert_eq!(configurations, 19);
}

/// What a recomputation gives, copied out of its function, tells the largest micro-batch of `MLPerf`'s ResNet-50 from the next: a bound,
/// as the compiler may remove such copies (docs/memory.md).
#[test]
fn held_results_of_recomputations_tell_the_largest_micro_batch_of_mlperf() {
    let peak = |micro_batch: u64| {
        let (result, _) = answer(&format!(
            "simulate --mode training --system mlperf20-resnet50-bow-pod16 --set framework.function_copies=held \
             --set system.micro_batch={micro_batch}"
        ));
        let peak = |field: &str| result["memory"][field].as_f64().expect("bytes");
        peak("peak_bytes") / peak("tile_bytes")
    };
    let (used, next) = (peak(22), peak(24));
    assert!((0.98..1.01).contains(&used), "{used} of a tile");
    assert!(next > 1.05, "{next} of a tile");
}

/// The published throughputs of 16 chips: what is asked of a model with nothing fitted to them.
#[test]
fn published_throughputs_are_within_reach() {
    let Some(table) = reference::path("paper/training_throughput_open.csv") else {
        return;
    };
    let (validation, code) = answer(&format!("validate training {}", table.display()));
    assert_eq!(code, Some(0));
    let rows = validation["rows"].as_array().expect("rows");
    assert!(
        rows.iter().all(|row| row["fits"] == true),
        "they ran on the machine"
    );
    let size = |error: f64| error.abs();
    // How far all of them are off together is what the first release does and nothing here knows of; what tells them apart is known.
    let factor = number(&validation, "/common_factor");
    assert!((0.9..1.25).contains(&factor), "{factor}");
    assert!(
        number(&validation, "/spread") <= 0.055,
        "{}",
        validation["spread"]
    );
    assert!(
        number(&validation, "/balance/mean") <= 1.18,
        "{}",
        validation["balance"]
    );
    // What reports say of these errors, to what they show of them.
    let stored = include_str!("../../../report/src/training/validation.json");
    let stored: Value = serde_json::from_str(stored).expect("JSON");
    for figure in ["/rows", "/median", "/worst"] {
        let (said, found) = (
            number(&stored, figure),
            number(&validation, &format!("/statistics{figure}")),
        );
        assert!(
            size(said - found) < 0.01,
            "{figure} is {found}: store the `statistics` of `validate training` in crates/report/src/training/validation.json"
        );
    }
    for ratio in validation["group_size_ratios"].as_array().expect("ratios") {
        assert!(size(number(ratio, "/error")) <= 0.12, "{ratio}");
    }
    for (left, right) in rows
        .iter()
        .flat_map(|left| rows.iter().map(move |right| (left, right)))
    {
        if number(left, "/measured") > 1.15 * number(right, "/measured") {
            assert!(
                number(left, "/predicted") > number(right, "/predicted"),
                "{left} {right}"
            );
        }
    }
}
