//! What this version says of its own errors is what the open tables say.
//!
//! `INSTA_UPDATE=always cargo test -p tilesim-cli --test cli validate_summary` writes it anew.

use std::{fs, path::Path};

use tilesim_test_support::reference;

use crate::support::tilesim;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Holds a file of the repository to what was said now, or writes it anew where that is asked for.
fn hold(stored: &str, now: &[u8]) {
    let path = Path::new(ROOT).join(stored);
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(&path, now).expect("it is written");
    }
    let before = fs::read(&path).expect("it is there");
    assert!(
        before == now,
        "{stored} is not what the open tables say now; see CONTRIBUTING.md"
    );
}

#[test]
fn stored_errors_are_those_of_the_open_tables() {
    let (Some(vendor), Some(silicon)) = (reference::path("vendor"), reference::path("silicon")) else {
        return;
    };
    let (vendor, silicon) = (vendor.display().to_string(), silicon.display().to_string());
    for (format, stored) in [
        ("json", "crates/report/src/validation.json"),
        ("table", "VALIDATION.md"),
    ] {
        let output = tilesim(&["validate", "summary", &vendor, &silicon, "--format", format])
            .output()
            .expect("it runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        hold(stored, &output.stdout);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().display().to_string();
    let output = tilesim(&["validate", "silicon", &silicon, "--quiet", "--out", &path])
        .output()
        .expect("it runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let picture = fs::read(folder.path().join("silicon.svg")).expect("a picture");
    hold("docs/silicon.svg", &picture);
}
