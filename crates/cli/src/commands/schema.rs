//! `tilesim schema`: the file formats as JSON schemas.

use serde::Serialize;
use tilesim_report::{Comparison, RunResult, training::TrainingResult};
use tilesim_study::Study;
use tilesim_traces::TraceSchema;

use crate::{
    args::{SchemaArgs, SchemaSubject},
    console::Console,
    error::CliError,
    exit::Outcome,
    machines, networks, systems,
};

/// Prints a schema; it is JSON whatever the format asked for.
pub(crate) fn run(args: &SchemaArgs, console: &Console) -> Result<Outcome, CliError> {
    let text = match args.subject {
        SchemaSubject::Result => pretty(&schemars::schema_for!(RunResult)),
        SchemaSubject::Comparison => pretty(&schemars::schema_for!(Comparison)),
        SchemaSubject::Network => pretty(&networks::schema()),
        SchemaSubject::Machine => pretty(&machines::schema()),
        SchemaSubject::Study => pretty(&schemars::schema_for!(Study)),
        SchemaSubject::System => pretty(&systems::schema()),
        SchemaSubject::Training => pretty(&schemars::schema_for!(TrainingResult)),
        SchemaSubject::Traces => pretty(&TraceSchema::published()),
    }?;
    console.text(&text)?;
    Ok(Outcome::Positive)
}

fn pretty(schema: &impl Serialize) -> Result<String, CliError> {
    Ok(serde_json::to_string_pretty(schema)? + "\n")
}
