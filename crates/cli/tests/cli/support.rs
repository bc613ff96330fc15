//! Running the binary.

use assert_cmd::Command;

/// The binary with arguments.
pub(crate) fn tilesim(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tilesim"));
    // As on any user's machine, whatever the terminal of whoever tests.
    command
        .args(arguments)
        .env("COLUMNS", "100")
        .env_remove("CLICOLOR_FORCE")
        .env("NO_COLOR", "1");
    command
}

/// Exit code, standard output and standard error of a command line, for snapshots.
pub(crate) fn snapshot(arguments: &str) -> String {
    snapshot_of(&arguments.split_whitespace().collect::<Vec<_>>())
}

/// The same for arguments with blanks in them.
pub(crate) fn snapshot_of(arguments: &[&str]) -> String {
    let output = tilesim(arguments).output().expect("the binary runs");
    let code = output
        .status
        .code()
        .map_or_else(|| "none".to_owned(), |code| code.to_string());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    let mut snapshot = format!("exit code {code}\n");
    for (name, text) in [("stdout", text(&output.stdout)), ("stderr", text(&output.stderr))] {
        if !text.is_empty() {
            snapshot += &["--- ", name, "\n", &text, "\n"].concat();
        }
    }
    snapshot
}
