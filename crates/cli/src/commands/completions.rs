//! `tilesim completions`.

use clap::CommandFactory;

use crate::{
    args::{Cli, CompletionsArgs},
    console::Console,
    error::CliError,
    exit::Outcome,
};

/// Prints a completion script.
pub(crate) fn run(args: &CompletionsArgs, console: &Console) -> Result<Outcome, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tilesim", &mut script);
    console.text(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Positive)
}
