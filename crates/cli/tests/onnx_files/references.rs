//! Small networks with weights: what they compute, in single and in half precision.

use std::path::Path;

use tilesim_test_support::reference;

use crate::case::{hold, said, tilesim};

const NETWORKS: [&str; 9] = [
    "bert_pair",
    "bert_pair_opset14",
    "convnext",
    "densenet",
    "lenet",
    "swin_window",
    "unet_transpose",
    "vit_w64_h4",
    "yolo_head",
];
/// Those that put out a number for each of some classes.
const CLASSIFIERS: [&str; 7] = [
    "bert_pair",
    "bert_pair_opset14",
    "convnext",
    "densenet",
    "lenet",
    "swin_window",
    "vit_w64_h4",
];

fn run(folder: &Path, options: &[&str]) -> std::process::Output {
    let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (model, input, output) = (file("model.onnx"), file("input.npy"), file("output.npy"));
    let mut arguments = vec![
        "run",
        &model,
        "--input",
        &input,
        "--reference",
        &output,
        "--quiet",
    ];
    arguments.extend(options);
    tilesim(&arguments)
}

#[test]
fn networks_compute_what_they_should() {
    let Some(references) = reference::path("onnx/references") else {
        return;
    };
    hold(&NETWORKS, |name| {
        let output = run(
            &references.join(name),
            &["--precision", "f32", "--tolerance", "1e-4"],
        );
        if output.status.success() {
            return Ok(());
        }
        Err(format!("{name}: {}", said(&output)))
    });
}

#[test]
fn classifiers_keep_their_first_class_in_half_precision() {
    let Some(references) = reference::path("onnx/references") else {
        return;
    };
    hold(&CLASSIFIERS, |name| {
        let options = ["--precision", "f16.16", "--tolerance", "1", "--format", "json"];
        let output = run(&references.join(name), &options);
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("{name}: {error}: {}", said(&output)))?;
        match answer["errors"][0]["top1"].as_f64() {
            Some(1.0) => Ok(()),
            other => Err(format!("{name}: the first class of {other:?} of samples is kept")),
        }
    });
}

/// Gradients, and which statistics their batch norms take.
const GRADIENTS: [(&str, &str, &str); 6] = [
    ("bert_pair", "reference.npz", "1e-4"),
    ("bert_pair_opset14", "reference.npz", "1e-4"),
    ("vit_w64_h4", "reference.npz", "1e-4"),
    ("convnext", "reference.npz", "1e-4"),
    ("densenet", "reference.npz", "1e-4"),
    // Batch norms behind the first make the loss all but independent of its scale: sums in single precision cancel to a gradient
    // of a two-hundredth of the others' size.
    ("densenet", "reference_batch_statistics.npz", "1e-3"),
];

#[test]
fn gradients_are_those_of_the_references() {
    let Some(references) = reference::path("onnx/references") else {
        return;
    };
    hold(&GRADIENTS, |(name, archive, tolerance)| {
        let folder = references.join(name);
        let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
        let (model, archive) = (file("model.onnx"), file(archive));
        let output = tilesim(&[
            "run",
            &model,
            "--gradients",
            "--reference",
            &archive,
            "--tolerance",
            tolerance,
        ]);
        if output.status.success() {
            return Ok(());
        }
        Err(format!("{name}: {}", said(&output)))
    });
}
