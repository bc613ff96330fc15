//! Running the binary within bounds.

use std::process::{Command, Output};

/// Memory that a run may have in all, in KiB: an allocation beyond it fails, as it would on a machine that has no more.
const MEMORY: u64 = 4 << 20;

/// Longest time of a run that is refused, in seconds.
const PATIENCE: u64 = 60;

/// What a run came to: its exit code, and standard error.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) error: String,
}

/// Runs the binary with bounded memory and time, in a folder.
pub(crate) fn run(folder: &std::path::Path, arguments: &[&str]) -> Outcome {
    let output = bounded(arguments).current_dir(folder).output().expect("a shell");
    of(&output)
}

pub(crate) fn of(output: &Output) -> Outcome {
    Outcome {
        code: output.status.code(),
        error: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The binary with bounded memory and time: `timeout` ends with code 124 what takes too long.
pub(crate) fn bounded(arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!(
            "ulimit -v {MEMORY} 2>/dev/null; exec timeout {PATIENCE} \"$0\" \"$@\""
        ))
        .arg(env!("CARGO_BIN_EXE_tilesim"))
        .args(arguments)
        .env("NO_COLOR", "1");
    command
}

/// Checks that a run is refused as bad input, with an error that says these words.
pub(crate) fn refused(folder: &std::path::Path, arguments: &[&str], words: &[&str]) {
    let outcome = run(folder, arguments);
    assert_eq!(outcome.code, Some(2), "{arguments:?}: {}", outcome.error);
    assert!(
        outcome.error.starts_with("error: "),
        "{arguments:?}: {}",
        outcome.error
    );
    for word in words {
        assert!(
            outcome.error.contains(word),
            "{arguments:?}: no `{word}` in {}",
            outcome.error
        );
    }
}
