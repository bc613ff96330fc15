//! `simulate` and `compare` of networks, end to end.

use serde_json::Value;

use crate::support::{snapshot, tilesim};

/// Small enough to read, large enough to have every kind of layer.
const SMALL: &str = "--set resolution=64 --set machine.tiles=64";

#[test]
fn a_network_taken_apart() {
    let text = snapshot(&format!(
        "simulate efficientnet-b0-g16 --batch 2 --host-io {SMALL}"
    ));
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    insta::assert_snapshot!("simulate_b0_g16", text);
}

#[test]
fn group_size_1_against_16() {
    let text = snapshot(&format!(
        "compare efficientnet-b0-g1 efficientnet-b0-g16 --max-batch {SMALL}"
    ));
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    insta::assert_snapshot!("compare_b0_g1_g16", text);
}

#[test]
fn what_does_not_fit_says_what_would() {
    let text = snapshot(&format!("simulate efficientnet-b0-g1 --batch 256 {SMALL}"));
    assert!(text.starts_with("exit code 1"), "{text}");
    assert!(text.contains("DOES NOT FIT"), "{text}");
    insta::assert_snapshot!("simulate_does_not_fit", text);
}

#[test]
fn the_largest_batch_fits_and_the_next_does_not() {
    let run = |batch: u64, more: &[&str]| -> Value {
        let batch = batch.to_string();
        let mut arguments = vec![
            "simulate",
            "efficientnet-b0-g16",
            "--set",
            "machine.tiles=64",
            "--set",
            "resolution=64",
            "--format",
            "json",
            "--batch",
            &batch,
        ];
        arguments.extend(more);
        let output = tilesim(&arguments).output().expect("the binary runs");
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let largest = run(1, &["--max-batch"])["memory"]["largest_batch"]
        .as_u64()
        .expect("a number");
    assert!(largest > 0);
    assert_eq!(run(largest, &[])["memory"]["fits"], true);
    assert_eq!(run(largest + 1, &[])["memory"]["fits"], false);
}

#[test]
fn the_causes_sum_to_the_cycles_in_every_network() {
    for model in [
        "mobilenet-v1",
        "resnet50",
        "resnext50-32x4d",
        "efficientnet-b0-g16",
    ] {
        let output = tilesim(&[
            "simulate",
            model,
            "--set",
            "resolution=64",
            "--set",
            "machine.tiles=64",
            "--format",
            "json",
        ])
        .output()
        .expect("the binary runs");
        let result: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let sum: u64 = result["cycles_by_cause"]
            .as_object()
            .expect("an object")
            .values()
            .filter_map(Value::as_u64)
            .sum();
        assert_eq!(Some(sum), result["time"]["cycles"].as_u64(), "{model}");
    }
}

/// Transfers beside the other steps cost the tiles that are reserved for them and two exchanges, until the host is too slow.
#[test]
fn overlapped_transfers_hide_until_the_host_binds() {
    let run = |more: &str| -> Value {
        let arguments = format!("simulate efficientnet-b0-g16 --batch 4 --format json {SMALL} {more}");
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let output = tilesim(&arguments).output().expect("the binary runs");
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let cycles = |run: &Value| run["time"]["cycles"].as_u64().expect("cycles");
    let overlapped = "--host-io overlapped --io-tiles 4";
    let (serial, hidden) = (run("--host-io"), run(overlapped));
    assert!(cycles(&hidden) < cycles(&serial));
    assert_eq!(hidden["host"]["binds"], false);
    assert_eq!(hidden["run"]["overlap"]["io_tiles"], 4);
    assert!(hidden["cycles_by_cause"]["host"].as_u64() > Some(0));
    assert_eq!(serial["host"], Value::Null);

    // Of ten batches in a call of the host the transfers of one are hidden by nothing.
    let ten = run(&format!("{overlapped} --batches-per-step 10"));
    let transfers = hidden["host"]["transfer_cycles"].as_u64().expect("cycles");
    assert_eq!(cycles(&ten), cycles(&hidden) + transfers / 10);
    assert_eq!(ten["host"]["fill_cycles"], transfers / 10);
    assert_eq!(ten["host"]["binds"], false);

    let slow = run(&format!(
        "{overlapped} --set machine.host_bytes_per_second=1000000"
    ));
    assert_eq!(slow["host"]["binds"], true);
    let transfers = slow["host"]["transfer_cycles"].as_u64().expect("cycles");
    assert!(cycles(&slow) >= transfers);
    // With a second batch on the I/O tiles nothing waits for the first to leave them.
    let two = run(&format!(
        "{overlapped} --prefetch-depth 2 --set machine.host_bytes_per_second=1000000"
    ));
    assert_eq!(cycles(&two), transfers);
    assert!(two["host"]["io_tile_bytes"].as_u64() > slow["host"]["io_tile_bytes"].as_u64());
}

#[test]
fn io_tiles_are_of_overlapped_transfers_and_leave_some_to_compute() {
    for (arguments, says) in [
        ("--io-tiles 4", "overlapped"),
        ("--host-io overlapped --io-tiles 64", "64 I/O tiles of 64 tiles"),
        ("--host-io overlapped --io-tiles 0", "0"),
        ("--host-io sometimes", "serial"),
    ] {
        let text = snapshot(&format!("simulate efficientnet-b0-g16 {SMALL} {arguments}"));
        assert!(text.starts_with("exit code 2") && text.contains(says), "{text}");
    }
}
