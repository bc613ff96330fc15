//! `tilesim why`: its text, its JSON, and what it says to what cannot be compared.

use serde_json::Value;

use crate::support::{snapshot, tilesim};

#[test]
fn the_difference_in_ten_lines() {
    for (name, arguments) in [
        (
            "why_groups",
            "why efficientnet-b0-g1 efficientnet-b0-g16 --set resolution=64 --set machine.tiles=64",
        ),
        (
            "why_machines",
            "why mobilenet-v1@mk2:batch=2 mobilenet-v1@bow:batch=3 --set resolution=64",
        ),
        (
            "why_updates",
            "why mobilenet-v1@:system.micro_batch=1 mobilenet-v2@:system.micro_batch=2 --mode training --set resolution=32",
        ),
        ("why_nothing", "why mobilenet-v1 mobilenet-v1 --set resolution=32"),
    ] {
        let text = snapshot(arguments);
        assert!(
            text.lines()
                .all(|line| line.starts_with('$') || line.chars().count() <= 100),
            "{text}"
        );
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn what_cannot_be_compared() {
    for (name, arguments) in [
        ("bad_why_one", "why mobilenet-v1"),
        ("bad_why_system", "why mobilenet-v1 mobilenet-v2 --system pod4"),
        ("bad_why_name", "why mobilenet-v1 mobilenet-v9"),
    ] {
        insta::assert_snapshot!(name, snapshot(arguments));
    }
}

/// The sum of all children is what their parent has.
fn is_sum(node: &Value) -> bool {
    let children = node["children"].as_array().expect("children");
    let sum: i64 = children.iter().filter_map(|child| child["cycles"].as_i64()).sum();
    children.is_empty() || (Some(sum) == node["cycles"].as_i64() && children.iter().all(is_sum))
}

#[test]
fn saved_results_are_taken_apart_as_runs_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let train = ["--mode", "training"];
    for (mode, a, b) in [
        (&[][..], "mobilenet-v1", "mobilenet-v2"),
        (&train[..], "mobilenet-v1", "mobilenet-v1@:group_size=8"),
    ] {
        let answer = |arguments: &[&str]| -> Value {
            let output = tilesim(arguments).args(mode).output().expect("it runs");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{said}");
            serde_json::from_slice(&output.stdout).expect("JSON")
        };
        let small = ["--set", "resolution=32", "--format", "json"];
        let mut saved = Vec::new();
        for (name, model) in [("a.json", a), ("b.json", b)] {
            let result = answer(&[&["simulate", model][..], &small[..]].concat());
            std::fs::write(path(name), result.to_string()).expect("it is written");
            saved.push(path(name));
        }
        let run = answer(&[&["why", a, b][..], &small[..]].concat());
        let read = answer(&["why", &saved[0], &saved[1], "--format", "json"]);
        assert_eq!(run["difference_cycles"], read["difference_cycles"]);
        let tree = read["tree"].as_array().expect("a tree");
        assert!(tree.iter().all(is_sum));
        let sum: i64 = tree.iter().filter_map(|cause| cause["cycles"].as_i64()).sum();
        assert_eq!(Some(sum), read["difference_cycles"].as_i64());
        assert_eq!(read["counterfactuals"], Value::Array(Vec::new()));
        assert!(!read["not_simulated"].as_array().expect("reasons").is_empty());
    }
}

#[test]
fn a_result_that_does_not_add_up_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = tilesim(&[
        "simulate",
        "mobilenet-v1",
        "--set",
        "resolution=32",
        "--mode",
        "training",
    ])
    .args(["--format", "json"])
    .output()
    .expect("it runs");
    let mut result: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    result["time"]["cycles"] = Value::from(u64::MAX);
    let path = folder.path().join("wrong.json");
    std::fs::write(&path, result.to_string()).expect("it is written");
    let path = path.display().to_string();
    let output = tilesim(&["why", &path, &path]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("causes sum to"), "{said}");
}
