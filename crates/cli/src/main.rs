//! The command `tilesim`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tilesim_cli::command(std::env::args_os()).into()
}
