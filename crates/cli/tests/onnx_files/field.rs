//! Small inputs that users of other tools ran into. What is right for each stands in the README beside them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tilesim_test_support::reference;

use crate::case::{hold, is_refusal, said, tilesim};

/// One folder.
struct Case {
    folder: PathBuf,
    name: String,
    /// Whether a refusal is as right as the value.
    may_refuse: bool,
}

/// Folders that the README's table lists, each with what it says is right.
fn cases(field: &Path) -> Vec<Case> {
    let readme = fs::read_to_string(field.join("README.md")).expect("a README");
    let rows = readme.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let name = cells[0].trim_matches('`').to_owned();
        let right = cells[cells.len() - 1].trim_end_matches('|').trim();
        assert!(right.starts_with("value"), "{name}: {right}");
        Case {
            folder: field.join(&name),
            may_refuse: right.starts_with("value or refusal"),
            name,
        }
    })
    .collect()
}

#[test]
fn every_folder_behaves_as_its_readme_says() {
    let Some(field) = reference::path("onnx/field") else {
        return;
    };
    let cases = cases(&field);
    let folders = fs::read_dir(&field).expect("a folder");
    let folders = folders.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_dir()));
    assert_eq!(
        folders.count(),
        cases.len(),
        "every folder is in the README's table"
    );
    hold(&cases, |case| {
        let file = |name: &str| case.folder.join(name).to_string_lossy().into_owned();
        let (model, input, reference) = (file("model.onnx"), file("input.npy"), file("reference.npy"));
        let mut arguments = vec!["run", &model, "--input", &input, "--reference", &reference];
        arguments.extend(["--precision", "f32", "--quiet"]);
        let output = tilesim(&arguments);
        if output.status.success() || case.may_refuse && is_refusal(&output) {
            return Ok(());
        }
        Err(format!("{}: {}", case.name, said(&output)))
    });
}
