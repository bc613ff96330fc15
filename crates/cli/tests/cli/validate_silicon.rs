//! `validate silicon` on small tables.

use serde_json::Value;

use crate::support::{snapshot, tilesim};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/silicon");

#[test]
fn groups_rows_and_remarks_are_shown() {
    let text = snapshot(&format!("validate silicon {FOLDER}/kernels.csv --quiet"));
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    insta::assert_snapshot!("validate_silicon", text);
}

#[test]
fn rows_without_a_prediction_count_as_wrong() {
    let arguments = [
        "validate", "silicon", FOLDER, "--within", "20", "--format", "json",
    ];
    let output = tilesim(&arguments).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let rows = answer["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 16);
    let reasons: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            assert_eq!(
                row["predicted"].is_null(),
                row["unsupported"].is_string(),
                "{row}"
            );
            let reason = row["unsupported"].as_str()?;
            Some(format!("{}: {}", row["id"], reason.split(';').next()?))
        })
        .collect();
    insta::assert_snapshot!("validate_silicon_unsupported", reasons.join("\n"));
    let kernels = &answer["groups"][0];
    assert_eq!(
        (&kernels["group"], &kernels["rows"]),
        (&"kernels".into(), &4.into())
    );
    assert_eq!(kernels["p90_abs_error_percent"], 100.0);
    assert_eq!(kernels["unsupported_rows"], 2);
}

#[test]
fn mistakes_are_named_with_file_line_and_column() {
    let folder = tempfile::tempdir().expect("a folder");
    let complaint = |text: &str| {
        let path = folder.path().join("table.csv");
        std::fs::write(&path, text).expect("written");
        let text = snapshot(&format!("validate silicon {}", path.display()));
        text.replace(&folder.path().display().to_string(), "FOLDER")
    };
    let products = "id,machine,precision,rows,inner,columns,cycles\na,bow,16.16,8,8,8,100\n";
    insta::assert_snapshot!(
        "validate_silicon_bad_tables",
        [
            complaint(&format!("{products}b,bow,16.16,8,eight,8,100\n")),
            complaint(&format!("{products}b,bow,16.16,8,8,8,-1\n")),
            complaint("id,machine,cycles\na,bow,8\n"),
            complaint("id,machine,precision,rows,inner,columns,cycles\n"),
            complaint("id,model,set,machine,mode,precision,batch\na,resnet50,norm,mk2,inference,16.16,8\n"),
            complaint("id,configuration,machine,chips,images_per_second\na,small,mk2,16,\n"),
        ]
        .concat()
    );
}
