//! `validate plans` on the vendor's tables.

use std::path::Path;

use serde_json::Value;
use tilesim_test_support::reference;

use crate::support::{snapshot, tilesim};

/// Exit code and answer as JSON.
fn validated(table: &Path, options: &[&str]) -> (Option<i32>, Value) {
    let path = table.to_str().expect("a path in UTF-8");
    let arguments = [
        &["validate", "plans", path, "--format", "json", "--quiet"],
        options,
    ]
    .concat();
    let output = tilesim(&arguments).output().expect("it runs");
    let answer = serde_json::from_slice(&output.stdout).expect("JSON");
    (output.status.code(), answer)
}

#[test]
fn given_assignments_are_exact_term_by_term() {
    let Some(tables) = reference::path("vendor/plans") else {
        return;
    };
    for name in ["PlannerLayerSample_open.csv", "PlannerLayerBest_open.csv"] {
        let (code, answer) = validated(&tables.join(name), &["--within", "0", "--share", "99"]);
        assert_eq!(code, Some(0), "{name}");
        let table = &answer["tables"][0];
        assert_eq!(table["family"], "assignments");
        let terms = table["terms"].as_array().expect("terms");
        assert_eq!(terms.len(), 25);
        assert!(
            terms
                .iter()
                .all(|term| term["exact_share"].as_f64() >= Some(0.99)),
            "{name}"
        );
    }
}

#[test]
fn too_few_exact_rows_are_a_negative_answer() {
    let Some(tables) = reference::path("vendor/plans") else {
        return;
    };
    let table = tables.join("PlannerLayerBest_open.csv");
    let (code, answer) = validated(&table, &["--within", "0", "--share", "100"]);
    assert_eq!(code, Some(1));
    assert_eq!(answer["holds"], false);
}

#[test]
fn no_plan_of_the_shipped_planner_is_cheaper() {
    let Some(tables) = reference::path("vendor/plans") else {
        return;
    };
    let (code, answer) = validated(
        &tables.join("sensitivity_planned_open.csv"),
        &["--within", "5", "--share", "90"],
    );
    assert_eq!(code, Some(0));
    let table = &answer["tables"][0];
    assert_eq!(table["family"], "planned");
    assert_eq!(table["dearer_rows"], 0);
    assert!(table["median_ratio"].as_f64() <= Some(1.0));
    let row = &table["rows"][0];
    assert!(row["planned_cycles"].as_u64() <= row["recosted_cycles"].as_u64());
}

#[test]
fn tables_of_something_else_are_bad_input() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [
        ("no_rows", "pass,cyc_total\n"),
        ("no_plans", "pass,cycles\nfwd,1\n"),
    ] {
        let path = folder.path().join("table.csv");
        std::fs::write(&path, text).expect("written");
        let text = snapshot(&format!("validate plans {}", path.display()));
        let text = text.replace(&folder.path().display().to_string(), "FOLDER");
        insta::assert_snapshot!(format!("bad_plans_{name}"), text);
    }
}
