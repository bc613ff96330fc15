//! `tilesim`: how fast a network runs on a many-tile processor, and why. The command as a function, for whoever installs it.
//!
//! Invariant: only this crate prints, reads the clock or exits. What another front end would need too is in the library.

mod allocation;
mod args;
mod commands;
mod console;
mod error;
mod exit;
mod piped;
mod progress;
mod time_limit;

use std::ffi::OsString;

use clap::Parser;

use crate::{
    args::{Cli, Command, ValidateSubject},
    console::{Console, complain_of},
    error::CliError,
    exit::{BAD_INPUT, Outcome},
    piped::Piped,
};

/// Runs the command with these arguments, of which the first is its own name, and gives its exit code: 0 the answer is positive, 1 it is
/// negative, 2 the input is bad, 3 the time limit has passed.
pub fn command(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    allocation::keep_what_is_freed();
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return unparsed(&error),
    };
    if let Some(limit) = cli.time_limit {
        time_limit::end_after(limit);
    }
    let console = Console::new(cli.format, cli.quiet);
    // Whatever is read counts against the limit.
    let mut piped = Piped::default();
    let outcome = piped.replaced(arguments).and_then(|arguments| {
        // They were understood before, and differ in names of files alone.
        let cli = Cli::try_parse_from(arguments).unwrap_or(cli);
        run(&cli, &console)
    });
    match outcome {
        Ok(outcome) => {
            if let Outcome::Negative(reasons) = &outcome {
                for reason in reasons {
                    console.remark(reason);
                }
            }
            outcome.code()
        }
        Err(error) if error.is_broken_pipe() => 0,
        Err(error) => {
            complain_of(&tilesim::message(&piped.named(&error.to_string())));
            BAD_INPUT
        }
    }
}

/// Says what is wrong with the arguments, or what was asked of them: help and version are such errors too, with code 0.
fn unparsed(error: &clap::Error) -> u8 {
    // A reader that has gone misses nothing.
    let _ = error.print();
    u8::try_from(error.exit_code()).unwrap_or(BAD_INPUT)
}

fn run(cli: &Cli, console: &Console) -> Result<Outcome, CliError> {
    if let Some(threads) = cli.threads {
        // The pool is built once; whoever built it before has chosen.
        let _ = rayon::ThreadPoolBuilder::new()
            .num_threads(usize::from(threads))
            .build_global();
    }
    match &cli.command {
        Command::Compare(args) => commands::compare::run(args, console),
        Command::Why(args) => commands::why::run(args, console),
        Command::Sensitivity(args) => commands::sensitivity::run(args, console),
        Command::Solve(args) => commands::solve::run(args, console),
        Command::Simulate(args) => commands::simulate::run(args, console),
        Command::Run(args) => commands::run::run(args, console),
        Command::Lower(args) => commands::lower::run(args, console),
        Command::Cost(args) => commands::cost::run(args, console),
        Command::Plan(args) => commands::plan::run(args, console),
        Command::Sweep(args) => commands::sweep::run(args, console),
        Command::Search(args) => commands::search::run(args, console),
        Command::Validate(args) => match &args.subject {
            ValidateSubject::Training(args) => commands::validate_training::run(args, console),
            ValidateSubject::Vertices(args) => commands::validate_vertices::run(args, console),
            ValidateSubject::Layers(args) => commands::validate_layers::run(args, console),
            ValidateSubject::Plans(args) => commands::validate_plans::run(args, console),
            ValidateSubject::Silicon(args) => commands::validate_silicon::run(args, console),
            ValidateSubject::Summary(args) => commands::validate_summary::run(args, console),
        },
        Command::Models(args) => commands::models::run(args, console),
        Command::Machines(args) => commands::machines::run(args, console),
        #[cfg(feature = "serve")]
        Command::Serve => commands::serve::run(),
        Command::Schema(args) => commands::schema::run(args, console),
        Command::Completions(args) => commands::completions::run(args, console),
    }
}
