//! Reports in a real browser: `crates/page/tests/browser` with the binary under test. Alone in its binary, because it measures
//! time.

use std::{path::PathBuf, process::Command};

use tilesim_test_support::reference;

/// Python with Playwright; `None` where there is none, which CI does not accept.
fn python() -> Option<String> {
    let python = std::env::var("TILESIM_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let modules = "import axe_playwright_python, playwright, pytest";
    let found = Command::new(&python).args(["-c", modules]).output();
    if found.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    reference::skip(&format!(
        "{python} lacks modules of crates/page/tests/browser/requirements.txt; TILESIM_PYTHON names another"
    ));
    None
}

#[test]
fn reports_work_in_a_browser() {
    let Some(python) = python() else {
        return;
    };
    let output = Command::new(python)
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/browser"])
        .current_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../page"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("TILESIM", env!("CARGO_BIN_EXE_tilesim"))
        .output()
        .expect("Python runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    println!("{text}");
}
