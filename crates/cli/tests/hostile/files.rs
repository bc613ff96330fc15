//! Files that are none: pipes would be waited for, devices have no end.
#![cfg(unix)]

use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

use tempfile::TempDir;

use crate::support::{refused, run};

/// A folder with a pipe that nobody writes to and a device without end, under the names of all kinds of files.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .expect("mkfifo")
            .success()
    );
    for extension in ["json", "onnx", "npy", "npz", "csv"] {
        symlink(&pipe, folder.path().join(format!("pipe.{extension}"))).expect("a link");
        symlink("/dev/zero", folder.path().join(format!("zero.{extension}"))).expect("a link");
    }
    folder
}

#[test]
fn only_regular_files_are_read() {
    let folder = folder();
    for name in ["pipe", "zero"] {
        let of = |extension: &str| format!("{name}.{extension}");
        let (json, onnx, npy, npz, csv) = (of("json"), of("onnx"), of("npy"), of("npz"), of("csv"));
        for arguments in [
            ["simulate", &json].as_slice(),
            &["simulate", "./pipe"],
            &["simulate", "mobilenet-v1", "--machine", &json],
            &["simulate", "mobilenet-v1", "--software", &json],
            &["simulate", "--mode", "training", "--system", &json],
            &["compare", &json, "mobilenet-v1"],
            &["cost", &json],
            &["cost", &onnx],
            &["lower", &onnx],
            &["plan", &onnx],
            &["machines", &json],
            &["run", &onnx],
            &["run", "mobilenet-v1", "--input", &npy],
            &["run", "mobilenet-v1", "--input", &npz],
            &["run", "mobilenet-v1", "--reference", &npy],
            &["run", "mobilenet-v1", "--weights", &onnx],
            &["sweep", &json, "--out", "sweep"],
            &["validate", "training", &csv],
            &["validate", "vertices", &csv],
            &["validate", "layers", &csv],
            &["validate", "plans", &csv],
        ] {
            refused(folder.path(), arguments, &["expected a regular file"]);
        }
    }
}

#[test]
fn external_data_is_of_regular_files_and_no_more_is_read_than_is_stated() {
    let folder = folder();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/onnx_import");
    // One float of `w.bin`, behind a gigabyte of nothing.
    let model = fs::read(corpus.join("external_inside.onnx")).expect("a model");
    fs::write(folder.path().join("model.onnx"), model).expect("written");
    let weights = fs::File::create(folder.path().join("w.bin")).expect("a file");
    weights.set_len(1 << 42).expect("a file with a hole");
    for command in ["cost", "simulate", "run"] {
        let outcome = run(folder.path(), &[command, "model.onnx", "--quiet"]);
        assert_eq!(outcome.code, Some(0), "{command}: {}", outcome.error);
    }
    fs::remove_file(folder.path().join("w.bin")).expect("removed");
    for other in ["pipe", "/dev/zero"] {
        let link = folder.path().join("w.bin");
        let _ = fs::remove_file(&link);
        symlink(other, &link).expect("a link");
        refused(folder.path(), &["run", "model.onnx"], &["w.bin"]);
    }
}

#[test]
fn texts_have_a_largest_size() {
    let folder = tempfile::tempdir().expect("a folder");
    for extension in ["json", "csv"] {
        let file = fs::File::create(folder.path().join(format!("large.{extension}"))).expect("a file");
        file.set_len(1 << 40).expect("a file with a hole");
    }
    for arguments in [
        ["simulate", "large.json"].as_slice(),
        &["simulate", "mobilenet-v1", "--machine", "large.json"],
        &["machines", "large.json"],
        &["sweep", "large.json", "--out", "sweep"],
        &["validate", "training", "large.csv"],
    ] {
        refused(
            folder.path(),
            arguments,
            &["1099511627776 bytes", "at most 67108864"],
        );
    }
}
