//! The command line as users meet it: help, answers, errors, exit codes.

mod support;

use support::{snapshot, tilesim};

#[test]
fn help() {
    for arguments in [
        "--help",
        "compare --help",
        "simulate --help",
        "cost --help",
        "validate vertices --help",
        "models --help",
        "machines --help",
        "schema --help",
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
