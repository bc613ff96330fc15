//! The command line as users meet it: help, answers, errors, exit codes.

use crate::support::{snapshot, tilesim};

#[test]
fn help() {
    for arguments in [
        "--help",
        "compare --help",
        "why --help",
        "sensitivity --help",
        "solve --help",
        "simulate --help",
        "run --help",
        "cost --help",
        "plan --help",
        "lower --help",
        "validate vertices --help",
        "validate plans --help",
        "validate training --help",
        "models --help",
        "machines --help",
        "schema --help",
        "sweep --help",
        "search --help",
        "completions --help",
    ] {
        let name = arguments
            .replace(" --help", "")
            .replace("--help", "tilesim")
            .replace(' ', "_");
        insta::assert_snapshot!(format!("help_{name}"), snapshot(arguments));
    }
}

#[test]
fn arguments_that_cannot_be_understood() {
    for (name, arguments) in [
        ("no_command", ""),
        ("batch_zero", "simulate efficientnet-b0-g1 --batch 0"),
        ("precision", "simulate efficientnet-b0-g1 --precision 8.8"),
        ("setting", "simulate efficientnet-b0-g1 --set group_size"),
        ("assertion", "simulate efficientnet-b0-g1 --assert cycles<=many"),
        ("threads_zero", "models --threads 0"),
        ("within_without_share", "validate vertices a.csv --within 1"),
        (
            "proportion",
            "simulate efficientnet-b0-g1 --available-memory-proportion 1.5",
        ),
    ] {
        insta::assert_snapshot!(format!("bad_{name}"), snapshot(arguments));
    }
}

#[test]
fn completions() {
    let output = tilesim(&["completions", "bash"]).output().expect("it runs");
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("_tilesim"));
}

/// The page of the documentation is what the command prints.
#[test]
fn operators() {
    let printed = tilesim(&["models", "--operators"]).output().expect("it runs");
    let page = include_str!("../../../../docs/operators.md");
    assert!(
        String::from_utf8_lossy(&printed.stdout) == page,
        "`tilesim models --operators > docs/operators.md` writes it anew"
    );
    let listed = tilesim(&["models", "--operators", "--format", "json"]).output();
    let listed: serde_json::Value = serde_json::from_slice(&listed.expect("it runs").stdout).expect("JSON");
    let operators = listed["operators"].as_array().expect("operators");
    let of = |name: &str| {
        let mut operators = operators.iter();
        operators
            .find(|operator| operator["name"] == name)
            .expect("a row")
    };
    assert_eq!(of("Conv")["trained"], true);
    assert_eq!(
        (&of("Range")["timed"], &of("Range")["folded"]),
        (&false.into(), &true.into())
    );
}

#[test]
fn models() {
    insta::assert_snapshot!("models", snapshot("models"));
    insta::assert_snapshot!("models_one", snapshot("models efficientnet-b0-g16"));
}

#[test]
fn cost() {
    insta::assert_snapshot!("cost_b0_g1", snapshot("cost efficientnet-b0-g1"));
    insta::assert_snapshot!(
        "cost_b0_g16_layers",
        snapshot("cost efficientnet-b0-g16 --layers")
    );
    insta::assert_snapshot!(
        "cost_changed",
        snapshot("cost efficientnet-b0-g1@:resolution=160 --set norm=gn:4 --batch 2")
    );
}

#[test]
fn cost_as_json() {
    let output = tilesim(&["cost", "efficientnet-b0-g1", "--format", "json"])
        .output()
        .expect("it runs");
    let cost: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(output.stderr.is_empty());
    // Masters et al. 2021, arXiv 2106.03640; counted from the definition.
    assert_eq!(cost["theoretical"]["macs"], 385_814_752);
    assert_eq!(cost["theoretical"]["parameters"], 5_288_548);
    assert_eq!(cost["theoretical"]["activation_elements"], 6_748_036);
}

#[test]
fn networks_that_cannot_be_had() {
    for (name, arguments) in [
        ("unknown_model", "cost eficientnet-b0-g1"),
        ("undefined_model", "cost efficientnet-b6-g16"),
        ("group_size", "cost efficientnet-b0-g1 --set group_size=5"),
        ("unknown_setting", "cost efficientnet-b0-g1 --set grup_size=4"),
        (
            "setting_of_the_wrong_type",
            "cost efficientnet-b0-g1 --set group_size=many",
        ),
        (
            "framework",
            "simulate efficientnet-b0-g1 --set framework.inference_norm=none",
        ),
        ("machine_where_none_is_asked_for", "cost efficientnet-b0-g1@bow"),
        (
            "batch_zero_of_one_model",
            "simulate efficientnet-b0-g1@mk2:batch=0",
        ),
        ("onnx", "cost no_such_network.onnx"),
        ("no_such_file", "cost network.json"),
    ] {
        insta::assert_snapshot!(format!("bad_{name}"), snapshot(arguments));
    }
}

#[test]
fn specifications_that_are_none() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [
        (
            "malformed",
            "{\n  \"family\": \"efficientnet\",\n  \"variant\": b0\n}",
        ),
        ("incomplete", "{ \"family\": \"efficientnet\" }"),
        (
            "wrong_type",
            "{\n  \"family\": \"efficientnet\",\n  \"variant\": \"b0\",\n  \"group_size\": \"four\"\n}",
        ),
        (
            "unknown_field",
            "{ \"family\": \"efficientnet\", \"variant\": \"b0\", \"groupsize\": 4 }",
        ),
        ("empty", ""),
        ("not_an_object", "[]"),
    ] {
        let path = folder.path().join("network.json");
        std::fs::write(&path, text).expect("written");
        let text = snapshot(&format!("cost {}", path.display()));
        let text = text.replace(&folder.path().display().to_string(), "FOLDER");
        insta::assert_snapshot!(format!("bad_specification_{name}"), text);
    }
}

#[test]
fn the_schema_of_results_is_json() {
    let output = tilesim(&["schema", "result"]).output().expect("it runs");
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(schema["title"], "RunResult");
    assert!(
        tilesim(&["schema", "network"])
            .output()
            .expect("it runs")
            .status
            .success()
    );
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_is_no_error() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_tilesim"))
        .args(["schema", "result"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    // Closed before anything is read; the schema is larger than what may already have been written.
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(0));
}
