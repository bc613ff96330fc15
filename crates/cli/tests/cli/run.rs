//! Networks that are computed with real numbers, against what their frameworks compute.

use std::{fs::File, path::Path};

use ndarray::{ArrayD, IxDyn};
use ndarray_npy::{NpzReader, read_npy, write_npy};
use serde_json::Value;
use tilesim_test_support::reference;

use crate::support::tilesim;

/// Precisions with the largest error that each may have, relative to the largest logit: of float the criterion, of half what some
/// hundred roundings of 2⁻¹¹ leave.
const PRECISIONS: [(&str, f64); 3] = [("f32", 1e-4), ("f16.32", 1e-2), ("f16.16", 1e-2)];

/// What the command answers.
fn run(arguments: &[&str]) -> Value {
    let output = tilesim(&[&["run"], arguments, &["--format", "json", "--quiet"]].concat())
        .output()
        .expect("the binary runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The error relative to the largest logit is at most so much.
fn within(tolerance: f64, error: &Value, what: &str) {
    let relative = error["relative"].as_f64().expect("an error");
    assert!(relative <= tolerance, "{what}: {error}");
}

/// Runs a network on its input in every precision and compares the logits; the largest must be that of the reference.
fn agrees(network: &Path, input: &Path, reference: &Path, class: Option<u64>) {
    let text = |path: &Path| path.to_str().expect("a path").to_owned();
    let (network, input, reference) = (text(network), text(input), text(reference));
    for (precision, tolerance) in PRECISIONS {
        let answer = run(&[
            &network,
            "--input",
            &input,
            "--reference",
            &reference,
            "--precision",
            precision,
        ]);
        let error = &answer["errors"][0];
        within(tolerance, error, &format!("{network}, {precision}"));
        assert_eq!(error["top1"], 1.0, "{network}, {precision}: {error}");
        if let Some(class) = class {
            assert_eq!(answer["top"][0][0]["class"], class, "{network}, {precision}");
        }
        let cycles = answer["result"]["time"]["cycles"].as_u64();
        assert!(cycles.is_some_and(|cycles| cycles > 0), "{network}, {precision}");
    }
}

#[test]
fn efficientnet_lite0_sees_the_cat() {
    let paths = ["", "_input", "_output"].map(|end| {
        let extension = if end.is_empty() { "onnx" } else { "npy" };
        reference::network(&format!("efficientnet_lite0{end}.{extension}"))
    });
    let [Some(network), Some(input), Some(output)] = paths else {
        return;
    };
    agrees(&network, &input, &output, Some(282));
}

#[test]
fn efficientnet_b0_with_group_norm() {
    let paths = ["", "_input", "_output"].map(|end| {
        let extension = if end.is_empty() { "onnx" } else { "npy" };
        reference::network(&format!("efficientnet_b0_gn{end}.{extension}"))
    });
    let [Some(network), Some(input), Some(output)] = paths else {
        return;
    };
    agrees(&network, &input, &output, None);
}

#[test]
fn groups_of_eight() {
    let (Some(network), Some(reference)) = (
        reference::network("tiny_g8_gn.onnx"),
        reference::network("tiny_g8_gn_reference.npz"),
    ) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let mut arrays = NpzReader::new(File::open(reference).expect("a file")).expect("an archive");
    let mut extracted = |name: &str| {
        let array: ArrayD<f32> = arrays.by_name(name).expect("an array");
        let path = folder.path().join(format!("{name}.npy"));
        write_npy(&path, &array).expect("a file");
        (path, array.shape().to_vec())
    };
    let (input, shape) = extracted("input");
    let (logits, _) = extracted("logits");
    let batch = shape[0].to_string();
    let text = |path: &Path| path.to_str().expect("a path").to_owned();
    let answer = run(&[
        &text(&network),
        "--batch",
        &batch,
        "--input",
        &text(&input),
        "--reference",
        &text(&logits),
        "--precision",
        "f32",
        "--check",
    ]);
    within(1e-4, &answer["errors"][0], "f32");
    assert!(
        answer["check"]["first_difference"].is_null(),
        "{}",
        answer["check"]
    );
}

/// `EfficientNet`-Lite0 is the first `EfficientNet` without squeeze-excites: a bundled network computes with its weights.
#[test]
fn a_bundled_network_with_the_weights_of_a_file() {
    let paths = [
        "efficientnet_lite0.onnx",
        "efficientnet_lite0_input.npy",
        "efficientnet_lite0_output.npy",
    ];
    let [Some(weights), Some(input), Some(output)] = paths.map(reference::network) else {
        return;
    };
    let text = |path: &Path| path.to_str().expect("a path").to_owned();
    let answer = run(&[
        "efficientnet-b0-g1",
        "--set",
        "squeeze_excite_ratio=0",
        "--set",
        "activation=relu6",
        "--weights",
        &text(&weights),
        "--input",
        &text(&input),
        "--reference",
        &text(&output),
        "--precision",
        "f32",
    ]);
    within(1e-4, &answer["errors"][0], "f32");
    assert_eq!(answer["top"][0][0]["class"], 282);
}

#[test]
fn weights_of_another_network() {
    let Some(weights) = reference::network("efficientnet_b0_gn.onnx") else {
        return;
    };
    let weights = weights.to_str().expect("a path");
    let said = |arguments: &[&str]| {
        let given = [
            &[
                "run",
                "efficientnet-b0-g1",
                "--set",
                "norm=gn:4",
                "--weights",
                weights,
            ],
            arguments,
        ]
        .concat();
        let output = tilesim(&given).output().expect("the binary runs");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).replace(weights, "net.onnx"),
        )
    };
    // Its weights fit, but its convolutions pad otherwise.
    let (code, message) = said(&[]);
    assert_eq!(code, Some(0));
    assert!(
        message.contains("first `stem/conv` from `/conv_stem/Conv`"),
        "{message}"
    );
    let (code, message) = said(&["--set", "group_size=16"]);
    assert_eq!(code, Some(2));
    assert_eq!(
        message.trim(),
        "error: net.onnx: parameter `block1a/b/weights` is [32, 16, 3, 3], but in its place stands \
         `blocks.0.0.conv_dw.weight`, which is [32, 1, 3, 3]"
    );
    let (code, message) = said(&["--set", "num_classes=10"]);
    assert_eq!(code, Some(2));
    assert!(
        message.contains("`Top/logits/weights` is [10, 1280]"),
        "{message}"
    );
}

#[test]
fn arrays_that_do_not_fit() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("input.npy");
    write_npy(&path, &ArrayD::<f32>::zeros(IxDyn(&[1, 3, 8, 8]))).expect("a file");
    let path = path.to_str().expect("a path");
    let output = tilesim(&["run", "efficientnet-b0-g1", "--input", path, "--quiet"])
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("[1, 3, 224, 224]"), "{message}");
}

/// What is beyond the tolerance, or has another shape, is never an answer of exit code 0.
#[test]
fn references_that_differ() {
    let network = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fuzz/corpus/onnx_import/group_norm.onnx"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    let said = |arguments: &[&str]| {
        let given = [&["run", network, "--precision", "f32"], arguments].concat();
        let output = tilesim(&given).output().expect("the binary runs");
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).expect("text"))
    };
    let (code, _) = said(&["--output", &path("y.npy")]);
    assert_eq!(code, Some(0));
    let own: ArrayD<f32> = read_npy(path("y.npy")).expect("an array");
    let (code, text) = said(&["--reference", &path("y.npy")]);
    assert!(code == Some(0) && text.contains("within 1.0e-4"), "{text}");

    let largest = own
        .iter()
        .fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let mut other = own.clone();
    other.iter_mut().for_each(|value| *value += 0.01 * largest);
    write_npy(path("other.npy"), &other).expect("a file");
    let (code, text) = said(&["--reference", &path("other.npy")]);
    assert!(
        code == Some(1) && text.contains("differs from its reference"),
        "{text}"
    );
    let (code, _) = said(&["--reference", &path("other.npy"), "--tolerance", "0.1"]);
    assert_eq!(code, Some(0));

    let flat = own.to_shape(IxDyn(&[own.len()])).expect("as many elements");
    write_npy(path("flat.npy"), &flat.to_owned()).expect("a file");
    let (code, text) = said(&["--reference", &path("flat.npy")]);
    let shapes = [format!("[{}]", own.len()), format!("{:?}", own.shape())];
    assert!(
        code == Some(2) && shapes.iter().all(|shape| text.contains(shape)),
        "{text}"
    );
    let (code, text) = said(&["--reference", &format!("z={}", path("y.npy"))]);
    assert!(code == Some(2) && text.contains("no output `z`"), "{text}");
}
