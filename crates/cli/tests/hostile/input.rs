//! Descriptions that are almost right, and names that steer terminals, pages and spreadsheets.

use std::{fs, path::Path};

use tempfile::TempDir;

use crate::support::{bounded, refused, run};

/// A folder with a file.
fn folder(name: &str, text: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(name), text).expect("written");
    folder
}

fn machine(values: &str) -> String {
    format!(r#"{{"name": "m", "description": "d", "extends": "mk2", "values": {{{values}}}}}"#)
}

const ON: [&str; 4] = ["simulate", "mobilenet-v1", "--machine", "m.json"];

#[test]
fn unknown_keys_are_refused_however_deep() {
    for entry in [
        r#"{"value": 5, "source": "x", "valeu": 7}"#,
        r#"{"value": 5, "source": "x", "value": 7}"#,
    ] {
        let folder = folder("m.json", &machine(&format!("\"tiles\": {entry}")));
        refused(folder.path(), &ON, &["m.json:1:73", "tiles"]);
    }
    let system = r#"{"name": "s", "description": "d", "extends": "pod16", "values": {"chips": {"value": 4, "source": "x", "valeu": 7}}}"#;
    let in_folder = folder("s.json", system);
    let train = [
        "simulate",
        "mobilenet-v1",
        "--mode",
        "training",
        "--system",
        "s.json",
    ];
    refused(in_folder.path(), &train, &["s.json", "chips"]);
    refused(in_folder.path(), &["machines", "s.json"], &["s.json", "chips"]);
}

#[test]
fn nothing_stands_behind_a_description() {
    let in_folder = folder("m.json", &(machine("") + " more"));
    refused(in_folder.path(), &ON, &["m.json", "trailing characters"]);
    let system = r#"{"name": "s", "description": "d", "extends": "pod16", "values": {}} more"#;
    let in_folder = folder("s.json", system);
    let train = [
        "simulate",
        "mobilenet-v1",
        "--mode",
        "training",
        "--system",
        "s.json",
    ];
    for arguments in [train.as_slice(), &["machines", "s.json"]] {
        refused(in_folder.path(), arguments, &["s.json", "trailing characters"]);
    }
    let study = r#"{"name": "s", "description": "d", "model": "mobilenet-v1", "axes": [{"key": "batch", "values": [1]}]} more"#;
    let in_folder = folder("study.json", study);
    refused(
        in_folder.path(),
        &["sweep", "study.json", "--out", "out"],
        &["study.json:1"],
    );
    let in_folder = folder("n.json", r#"{"family": "mobilenet_v1"} more"#);
    refused(
        in_folder.path(),
        &["cost", "n.json"],
        &["n.json:1", "trailing characters"],
    );
}

#[test]
fn what_is_extended_is_named_with_its_file() {
    for name in ["m.json", "s.json"] {
        let training = if name == "s.json" {
            r#", "training": {}"#
        } else {
            ""
        };
        let text =
            format!(r#"{{"name": "x", "description": "d", "extends": "none", "values": {{}}{training}}}"#);
        let folder = folder(name, &text);
        refused(folder.path(), &["machines", name], &[name, "extends", "none"]);
    }
}

#[test]
fn errors_repeat_little_of_their_input() {
    let long = "x y".repeat(100_000);
    for text in [
        machine(&format!("\"{long}\": 1")),
        machine(&format!("\"tiles\": \"{long}\"")),
        machine("").replace("mk2", &long),
        machine("").replace("\"values\"", &format!("\"{long}\"")),
    ] {
        let folder = folder("m.json", &text);
        let outcome = run(folder.path(), &ON);
        assert_eq!(outcome.code, Some(2));
        assert!(outcome.error.len() < 2000, "{} bytes", outcome.error.len());
    }
    let outcome = run(Path::new("."), &["cost", &long[..30_000]]);
    assert!(outcome.error.len() < 2000, "{} bytes", outcome.error.len());
}

/// Text that a terminal, XML or a spreadsheet would take for more than text.
const HOSTILE: &str = "=a\u{1b}]0;title\u{7}\u{9b}31m<&\"";

#[test]
fn names_steer_nothing() {
    let value: serde_json::Value = serde_json::from_str(&machine("")).expect("JSON");
    let mut value = value;
    value["name"] = HOSTILE.into();
    value["description"] = HOSTILE.into();
    let folder = folder("m.json", &value.to_string());
    let network =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/onnx_import/expanded_constant.onnx");
    let copy = "=a\u{1b}b<&.onnx";
    fs::copy(network, folder.path().join(copy)).expect("copied");
    let out = [
        copy,
        "--machine",
        "m.json",
        "--set",
        "machine.tiles=2",
        "--out",
        "out",
        "--traces",
        "csv",
    ];
    for arguments in [
        [["simulate"].as_slice(), &out].concat(),
        [["compare", copy].as_slice(), &out].concat(),
        vec!["machines", "m.json"],
        vec!["lower", copy, "--machine", "m.json", "--set", "machine.tiles=2"],
        vec!["simulate", "\u{1b}]0;title\u{7}"],
        vec!["simulate", "mobilenet-v1", "--set", "\u{1b}]0;title\u{7}=3"],
    ] {
        for format in ["table", "json"] {
            let output = bounded(&[arguments.as_slice(), &["--format", format]].concat())
                .current_dir(folder.path())
                .output()
                .expect("a run");
            for text in [&output.stdout, &output.stderr] {
                let text = String::from_utf8_lossy(text);
                let steers = text
                    .chars()
                    .find(|letter| letter.is_control() && !"\n\t".contains(*letter));
                assert_eq!(steers, None, "{arguments:?}: {text}");
            }
        }
        let Ok(entries) = fs::read_dir(folder.path().join("out")) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("an entry").path();
            let text = String::from_utf8_lossy(&fs::read(&path).expect("a file")).into_owned();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("svg") => {
                    assert!(
                        !text.contains(|letter: char| letter.is_control() && !letter.is_whitespace()),
                        "{path:?}"
                    );
                    assert!(!text.contains("<&"), "{path:?}");
                }
                Some("csv") => assert!(!text.contains("\n=") && !text.contains(",="), "{path:?}"),
                _ => {}
            }
        }
    }
}
