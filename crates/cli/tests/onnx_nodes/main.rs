//! The ONNX project's own tests of single nodes, with the binary under test: `run.py` says which, `refusals.csv` what it refuses.

use std::{path::PathBuf, process::Command};

use tilesim_test_support::reference;

/// Python with the package `onnx`; `None` where there is none, which CI does not accept.
fn python() -> Option<String> {
    let python = std::env::var("TILESIM_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = Command::new(&python).args(["-c", "import numpy, onnx"]).output();
    if found.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    reference::skip(&format!(
        "{python} lacks modules of crates/cli/tests/onnx_nodes/requirements.txt; TILESIM_PYTHON names another"
    ));
    None
}

#[test]
fn nodes_compute_what_their_standard_says() {
    let Some(python) = python() else {
        return;
    };
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/onnx_nodes");
    let output = Command::new(python)
        .arg(folder.join("run.py"))
        .arg(env!("CARGO_BIN_EXE_tilesim"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("Python runs");
    let (text, mistakes) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{text}{mistakes}");
    println!("{text}");
}
