//! What this version says of its own errors is what the open tables say.

use std::{fs, path::Path};

use tilesim_test_support::reference;

use crate::support::tilesim;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[test]
fn stored_errors_are_those_of_the_open_tables() {
    let Some(tables) = reference::path("vendor") else {
        return;
    };
    for (format, stored) in [
        ("json", "crates/report/src/validation.json"),
        ("table", "VALIDATION.md"),
    ] {
        let output = tilesim(&[
            "validate",
            "summary",
            &tables.display().to_string(),
            "--format",
            format,
        ])
        .output()
        .expect("it runs");
        let stored_text = fs::read_to_string(Path::new(ROOT).join(stored)).expect("it is there");
        assert!(
            String::from_utf8_lossy(&output.stdout) == stored_text,
            "{stored} is not what `tilesim validate summary --format {format}` says now"
        );
    }
}
