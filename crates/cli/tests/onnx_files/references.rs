//! Small networks with weights: what they compute, in single and in half precision.

use std::path::Path;

use tilesim_test_support::reference;

use crate::case::{hold, is_refusal, said, tilesim};

/// Convolutional networks. The others are of attention, which is refused by operator.
const CONVOLUTIONAL: [&str; 5] = ["convnext", "densenet", "lenet", "unet_transpose", "yolo_head"];
const ATTENTION: [&str; 4] = ["bert_pair", "bert_pair_opset14", "swin_window", "vit_w64_h4"];
/// Those that put out a number for each of some classes.
const CLASSIFIERS: [&str; 3] = ["convnext", "densenet", "lenet"];

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
fn convolutional_networks_compute_what_they_should() {
    let Some(references) = reference::path("onnx/references") else {
        return;
    };
    hold(&CONVOLUTIONAL, |name| {
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

#[test]
fn attention_is_refused_by_operator() {
    let Some(references) = reference::path("onnx/references") else {
        return;
    };
    hold(&ATTENTION, |name| {
        let output = run(&references.join(name), &["--precision", "f32"]);
        if is_refusal(&output) {
            return Ok(());
        }
        Err(format!("{name}: {}", said(&output)))
    });
}

/// Gradients, and which statistics their batch norms take.
const GRADIENTS: [(&str, &str, &str); 3] = [
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
