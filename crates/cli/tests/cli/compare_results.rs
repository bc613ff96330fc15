//! `compare` of results of earlier runs.

use std::{fs, path::PathBuf};

use crate::support::{snapshot_of, tilesim};

fn result(name: &str) -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cli/results")
        .join(name)
        .display()
        .to_string()
}

/// A file with one text of a good result replaced, and its folder, which lives as long as the test.
fn changed(from: &str, to: &str) -> (tempfile::TempDir, String) {
    let text = fs::read_to_string(result("g1.json")).expect("the result");
    assert!(text.contains(from), "{from}");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("result.json");
    fs::write(&path, text.replacen(from, to, 1)).expect("written");
    let path = path.display().to_string();
    (folder, path)
}

/// Exit code and standard error, without the folder's own name.
fn complaint(path: &str) -> String {
    let folder = PathBuf::from(path);
    let folder = folder.parent().expect("a folder").display().to_string();
    snapshot_of(&["compare", path]).replace(&folder, "FOLDER")
}

#[test]
fn two_results_side_by_side() {
    insta::assert_snapshot!(snapshot_of(&["compare", &result("g1.json"), &result("g16.json")]));
}

#[test]
fn json_goes_to_standard_output_alone() {
    let output = tilesim(&[
        "compare",
        &result("g1.json"),
        &result("g16.json"),
        "--format",
        "json",
    ])
    .output()
    .expect("it runs");
    assert!(output.status.success());
    assert!(output.stderr.is_empty());
    let comparison: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(comparison["schema"], "tilesim-comparison/1");
    assert_eq!(comparison["ratios"][1]["theoretical"]["flops"], 2.2);
}

#[test]
fn results_that_are_none() {
    let (_folder, path) = changed("\"cycles\": 18003", "\"cycles\": \"many\"");
    insta::assert_snapshot!("a_field_of_the_wrong_type", complaint(&path));
    let (_folder, path) = changed("\"conv_units\"", "\"conv_unit\"");
    insta::assert_snapshot!("a_field_that_is_missing", complaint(&path));
    let (_folder, path) = changed("tilesim-result/1", "tilesim-result/0");
    insta::assert_snapshot!("another_version", complaint(&path));
    let (_folder, path) = changed("\"cycles\": 18003", "\"cycles\": 18004");
    insta::assert_snapshot!("sums_that_do_not_hold", complaint(&path));
}

#[test]
fn a_result_takes_no_settings() {
    let (_folder, path) = changed("\"schema\"", "\"schema\"");
    let stderr = complaint(&format!("{path}@bow"));
    assert!(
        stderr.starts_with("exit code 2") && stderr.contains("a result cannot be changed"),
        "{stderr}"
    );
}

#[test]
fn files_are_written_whole_and_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("new").display().to_string();
    let run = tilesim(&["compare", &result("g1.json"), &result("g16.json"), "--out", &out])
        .output()
        .expect("it runs");
    assert!(run.status.success(), "{run:?}");
    let mut names: Vec<String> = fs::read_dir(&out)
        .expect("the folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "01-efficientnet-b0-g1.json",
            "02-efficientnet-b0-g16.json",
            "comparison.json",
            "files.json",
            "report.html",
            "roofline.svg",
            "throughput.svg",
            "utilisation.svg",
            "waterfall.svg"
        ]
    );
    let again = tilesim(&["compare", &format!("{out}/01-efficientnet-b0-g1.json")])
        .output()
        .expect("it runs");
    assert!(again.status.success(), "{again:?}");
}

#[test]
fn a_folder_that_cannot_be_written() {
    // Its parent is a file, which stops even those who may write anywhere.
    let (folder, path) = changed("\"schema\"", "\"schema\"");
    let stderr = snapshot_of(&["compare", &path, "--out", &format!("{path}/out")]);
    let stderr = stderr.replace(&folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!(stderr);
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1);
}
