//! `lower`: the program as text.

use serde_json::Value;

use crate::support::{snapshot, tilesim};

#[test]
fn plans_of_every_layer() {
    for (name, arguments) in [
        ("inference", "lower efficientnet-b0-g16 --emit plans"),
        (
            "training",
            "lower resnet50 --mode training --system pod4 --set system.stages=2 --set system.splits=block4a --emit plans",
        ),
    ] {
        insta::assert_snapshot!(format!("lower_plans_{name}"), snapshot(arguments));
    }
}

/// Every step stands in the text once, in the order in which steps run, under its layer.
#[test]
fn a_program_is_the_steps_that_are_simulated() {
    let network = "mobilenet-v1 --set resolution=64 --set machine.tiles=64";
    let output = tilesim(&["lower"])
        .args(network.split(' '))
        .output()
        .expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().display().to_string();
    tilesim(&["simulate"])
        .args(network.split(' '))
        .args(["--quiet", "--traces", "csv", "--out", &out])
        .assert()
        .success();
    let table = std::fs::read_to_string(folder.path().join("steps.csv")).expect("a table");
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let headers = rows.headers().expect("a header").clone();
    let column = |name: &str| {
        headers
            .iter()
            .position(|header| header == name)
            .expect("a column")
    };
    let (layer, name) = (column("layer"), column("name"));
    let mut simulated = Vec::new();
    for row in rows.records() {
        let row = row.expect("a row");
        simulated.push((row[layer].to_owned(), row[name].to_owned()));
    }
    let steps = text.split_once("\nsteps\n").expect("steps").1;
    let mut written = Vec::new();
    let mut layer = String::new();
    for line in steps.lines() {
        if let Some(heading) = line.strip_prefix("  # ") {
            layer = heading.split_once(", ").expect("name and kind").0.to_owned();
        }
        let step = ["compute ", "exchange "]
            .iter()
            .find_map(|kind| line.trim_start().strip_prefix(kind));
        if let Some((step, _)) = step.and_then(|step| step.split_once(": ")) {
            written.push((layer.clone(), step.to_owned()));
        }
    }
    assert!(!written.is_empty());
    assert_eq!(written, simulated);
}

#[test]
fn programs_of_stages_as_json() {
    let output = tilesim(&[
        "lower",
        "--mode",
        "training",
        "--system",
        "B0-G1-GN-Native_16IPU_2x8",
    ])
    .args(["--format", "json"])
    .output()
    .expect("it runs");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let programs = answer["programs"].as_array().expect("programs");
    assert_eq!(programs.len(), 2);
    for program in programs {
        assert!(
            program["text"]
                .as_str()
                .is_some_and(|text| text.starts_with("program "))
        );
        assert!(
            program["layers"]
                .as_array()
                .is_some_and(|layers| !layers.is_empty())
        );
    }
}
