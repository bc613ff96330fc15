//! `tilesim schema`: the file formats as JSON schemas.

use tilesim_report::{Comparison, RunResult, training::TrainingResult};

use crate::{
    args::{SchemaArgs, SchemaSubject},
    console::Console,
    error::CliError,
    exit::Outcome,
    machines, networks, systems,
};

/// Prints a schema; it is JSON whatever the format asked for.
pub(crate) fn run(args: &SchemaArgs, console: &Console) -> Result<Outcome, CliError> {
    let schema = match args.subject {
        SchemaSubject::Result => schemars::schema_for!(RunResult),
        SchemaSubject::Comparison => schemars::schema_for!(Comparison),
        SchemaSubject::Network => networks::schema(),
        SchemaSubject::Machine => machines::schema(),
        SchemaSubject::System => systems::schema(),
        SchemaSubject::Training => schemars::schema_for!(TrainingResult),
    };
    console.text(&(serde_json::to_string_pretty(&schema)? + "\n"))?;
    Ok(Outcome::Positive)
}
