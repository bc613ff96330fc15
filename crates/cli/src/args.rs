//! The command line, a file a command.

mod byte_count;
mod choice;
mod compare;
mod completions;
mod cost;
mod execute;
mod host_args;
mod lower;
mod machines;
mod models;
mod number;
mod plan;
mod plot;
mod run_args;
mod schema;
mod search;
mod sensitivity;
mod shape_args;
mod shard_argument;
mod simulate;
mod solve;
mod sweep;
mod validate;
mod why;

pub(crate) use self::{
    choice::{EmitArgument, Format, ModeArgument, SchemaSubject, TracesArgument},
    compare::CompareArgs,
    completions::CompletionsArgs,
    cost::CostArgs,
    execute::ExecuteArgs,
    lower::LowerArgs,
    machines::MachinesArgs,
    models::ModelsArgs,
    plan::PlanArgs,
    schema::SchemaArgs,
    search::SearchArgs,
    sensitivity::SensitivityArgs,
    simulate::SimulateArgs,
    solve::SolveArgs,
    sweep::{MergeArgs, StatusArgs, SweepArgs, SweepCommand},
    validate::{
        LayersArgs, PlansArgs, SiliconArgs, SummaryArgs, TrainingArgs, ValidateArgs, ValidateSubject,
        VerticesArgs,
    },
    why::WhyArgs,
};

use std::time::Duration;

use clap::{Parser, Subcommand};

use self::number::seconds;

/// Heading of the options that every command has.
const GLOBAL: &str = "Options of every command";

/// How fast does a network run on a many-tile processor, and why?
///
/// Exit codes: 0 the answer is positive, 1 it is negative (does not fit, an assertion or a validation fails), 2 the input is bad, 3
/// the time limit has passed.
#[derive(Debug, Parser)]
#[command(name = "tilesim", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// How to answer
    #[arg(long, global = true, value_enum, default_value_t = Format::Table, help_heading = GLOBAL)]
    pub(crate) format: Format,
    /// No progress and no remarks on standard error
    #[arg(long, short, global = true, help_heading = GLOBAL)]
    pub(crate) quiet: bool,
    /// Threads to work with; all processors by default
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024),
        help_heading = GLOBAL)]
    pub(crate) threads: Option<u16>,
    /// Time that the command may take: it ends with exit code 3 where it has no answer by then
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds, help_heading = GLOBAL)]
    pub(crate) time_limit: Option<Duration>,
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compare networks, machines or settings side by side
    Compare(CompareArgs),
    /// Why one run takes another time than another: the difference by cause, layer and decision, and what would change it
    Why(WhyArgs),
    /// How a run responds to every number of its machine and network, and what to buy next
    Sensitivity(SensitivityArgs),
    /// The smallest change of some numbers that reaches a goal, or how far they can go and keep to it
    Solve(SolveArgs),
    /// Simulate one network
    Simulate(SimulateArgs),
    /// Compute a network with real numbers, tile by tile as it was lowered
    Run(ExecuteArgs),
    /// The program that a network is lowered to, as text; or only how each layer is planned
    Lower(LowerArgs),
    /// What a network costs in theory: multiply-accumulates, parameters, activations
    Cost(CostArgs),
    /// How the convolutions of a network are cut over tiles, and why
    Plan(PlanArgs),
    /// Simulate every combination of a study's settings; what is done stays done when it is stopped
    Sweep(SweepArgs),
    /// Search a space of networks and machines for the best ones; every network of the front is a file that runs
    Search(SearchArgs),
    /// Compare predictions with measured tables
    Validate(ValidateArgs),
    /// List the bundled networks, or show the specification of one
    Models(ModelsArgs),
    /// List the bundled machines and systems, or explain every number of one
    Machines(MachinesArgs),
    /// Answer tools that call often, over standard input and output (Model Context Protocol)
    #[cfg(feature = "serve")]
    Serve,
    /// Print the JSON schema of a file format
    Schema(SchemaArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
