//! One run of the binary, and whether it did what is right.

use std::process::{Command, Output};

use rayon::prelude::*;

/// What the binary answers to arguments.
pub(crate) fn tilesim(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tilesim"))
        .args(arguments)
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .output()
        .expect("the binary runs")
}

/// Whether an answer is a refusal as users want it: exit code 2 and one line, which names a node or a dimension.
pub(crate) fn is_refusal(output: &Output) -> bool {
    let text = String::from_utf8_lossy(&output.stderr);
    output.status.code() == Some(2) && text.trim_end().lines().count() == 1 && text.contains('`')
}

/// What an answer said, for whoever reads that it was wrong.
pub(crate) fn said(output: &Output) -> String {
    let code = output.status.code();
    let text = String::from_utf8_lossy(&output.stderr);
    format!("exit code {code:?}: {}", text.trim_end())
}

/// Runs all cases side by side and fails with every one that is wrong.
pub(crate) fn hold<C: Sync>(cases: &[C], check: impl Fn(&C) -> Result<(), String> + Sync) {
    assert!(!cases.is_empty(), "there is no case");
    let wrong: Vec<String> = cases.par_iter().filter_map(|case| check(case).err()).collect();
    assert!(
        wrong.is_empty(),
        "{} of {} are wrong:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}
