//! Networks from ONNX files, wherever a model is named.

use serde_json::Value;
use tilesim_test_support::reference;

use crate::support::{snapshot, tilesim};

const CORPUS: &str = "../../fuzz/corpus/onnx_import";

fn json(arguments: &[&str]) -> Value {
    let output = tilesim(&[arguments, &["--format", "json", "--quiet"]].concat())
        .output()
        .expect("the binary runs");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn answers_and_errors() {
    for (name, arguments) in [
        (
            "cost",
            format!("cost {CORPUS}/squeeze_excite.onnx --layers --batch 2"),
        ),
        (
            "setting",
            format!("cost {CORPUS}/squeeze_excite.onnx --set group_size=4"),
        ),
        ("cycle", format!("simulate {CORPUS}/cycle.onnx")),
        ("outside", format!("cost {CORPUS}/external_outside.onnx")),
        ("concat", format!("simulate {CORPUS}/pad_pool.onnx")),
    ] {
        insta::assert_snapshot!(format!("onnx_{name}"), snapshot(&arguments));
    }
}

#[test]
fn the_same_network_costs_the_same() {
    let Some(path) = reference::network("efficientnet_b0_gn.onnx") else {
        return;
    };
    let path = path.to_string_lossy();
    let imported = json(&["cost", &path, "--batch", "2"]);
    let bundled = json(&["cost", "efficientnet-b0-g1", "--set", "norm=gn:4", "--batch", "2"]);
    for field in ["theoretical", "totals", "layer_kinds", "batch"] {
        assert_eq!(imported[field], bundled[field], "{field}");
    }
}

#[test]
fn a_file_beside_a_bundled_network() {
    let Some(path) = reference::network("tiny_g8_gn.onnx") else {
        return;
    };
    let path = format!("{}@mk2:batch=4", path.display());
    let output = tilesim(&["compare", &path, "efficientnet-b0-g16", "--quiet"])
        .output()
        .expect("the binary runs");
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("tiny_g8_gn"));
}
