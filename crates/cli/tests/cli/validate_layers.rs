//! `validate layers` on a small table, and on the vendor's.

use serde_json::Value;
use tilesim_test_support::reference;

use crate::support::{snapshot, tilesim};

const SMALL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/layers/small.csv");

fn without_folder(text: &str) -> String {
    text.replace(env!("CARGO_MANIFEST_DIR"), "FOLDER")
}

#[test]
fn layers_are_compared_and_none_is_dropped() {
    let text = snapshot(&format!("validate layers {SMALL} --quiet"));
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    insta::assert_snapshot!("validate_layers", without_folder(&text));
}

#[test]
fn unsupported_layers_count_as_wrong() {
    let arguments = ["validate", "layers", SMALL, "--within", "99", "--share", "100"];
    let arguments = [arguments.as_slice(), &["--format", "json", "--quiet"]].concat();
    let output = tilesim(&arguments).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["rows"].as_array().map(Vec::len), Some(3));
    assert_eq!(answer["unsupported"][0]["name"], "unknown");
    for kind in answer["op_kinds"].as_array().expect("kinds") {
        assert_eq!(kind["holds"], kind["op_kind"] != "sort");
    }
}

#[test]
fn bad_cells_are_named_with_their_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.csv");
    let text = std::fs::read_to_string(SMALL).expect("the table");
    std::fs::write(&path, text.replace("4x200x8", "4x-x8")).expect("written");
    let text = snapshot(&format!("validate layers {}", path.display()));
    let text = text.replace(&folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!("validate_layers_bad_cell", text);
}

/// Kinds of layers that are matrix products inside.
const DENSE: [&str; 6] = ["conv", "conv_1x1", "conv_stem", "fc", "fc_grouped", "gemm"];

/// The vendor's rows on both chips. Its own figures of depthwise convolutions and pools moved by 1.7 to 2.1 times within ten months of
/// its software, so that less is asked of those.
#[test]
fn the_vendors_layers_are_within_reach() {
    let Some(path) = reference::path("vendor/layers_open.csv") else {
        return;
    };
    let path = path.to_str().expect("a path in UTF-8");
    let output = tilesim(&["validate", "layers", path, "--format", "json"])
        .output()
        .expect("it runs");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["unsupported"].as_array().map(Vec::len), Some(0));
    let errors = |kinds: &[&str], what: &str| -> Vec<f64> {
        let rows = answer["rows"].as_array().expect("rows");
        let figure = |row: &Value, side: &str| row[format!("{side}_{what}")].as_f64().expect("a figure");
        let mut errors: Vec<f64> = rows
            .iter()
            .filter(|row| kinds.is_empty() || kinds.contains(&row["op_kind"].as_str().expect("a kind")))
            .map(|row| 100.0 * (figure(row, "predicted") / figure(row, "given") - 1.0).abs())
            .collect();
        errors.sort_by(f64::total_cmp);
        errors
    };
    let quantile = |errors: &[f64], share: f64| errors[(errors.len() as f64 * share) as usize];
    let dense = errors(&DENSE, "cycles");
    assert!(quantile(&dense, 0.5) <= 8.0, "{}", quantile(&dense, 0.5));
    assert!(quantile(&dense, 0.9) <= 20.0, "{}", quantile(&dense, 0.9));
    for kind in ["conv_depthwise", "pool", "reduce"] {
        let errors = errors(&[kind], "cycles");
        assert!(quantile(&errors, 0.5) <= 30.0, "{kind}: {errors:?}");
    }
    let depthwise = errors(&["conv_depthwise"], "cycles");
    assert!(quantile(&depthwise, 0.99) < 50.0, "{depthwise:?}");
    let memory = errors(&[], "memory_bytes");
    assert!(quantile(&memory, 0.5) <= 20.0, "{}", quantile(&memory, 0.5));
}
