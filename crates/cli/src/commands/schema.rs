//! `tilesim schema`: the file formats as JSON schemas.

use schemars::schema_for;
use tilesim::SchemaSubject as Subject;
use tilesim_validate::{
    layers::LayersValidation, plans::PlansValidation, training::TrainingValidation,
    vertices::VerticesValidation,
};

use crate::{
    args::{SchemaArgs, SchemaSubject},
    console::Console,
    error::CliError,
    exit::Outcome,
};

/// Prints a schema; it is JSON whatever the format asked for.
pub(crate) fn run(args: &SchemaArgs, console: &Console) -> Result<Outcome, CliError> {
    let schema = match args.subject {
        SchemaSubject::Result => Subject::Result.schema()?,
        SchemaSubject::Comparison => Subject::Comparison.schema()?,
        SchemaSubject::Network => Subject::Network.schema()?,
        SchemaSubject::Machine => Subject::Machine.schema()?,
        SchemaSubject::Study => Subject::Study.schema()?,
        SchemaSubject::System => Subject::System.schema()?,
        SchemaSubject::Software => Subject::Software.schema()?,
        SchemaSubject::Training => Subject::Training.schema()?,
        SchemaSubject::Traces => Subject::Traces.schema()?,
        SchemaSubject::Cost => Subject::Cost.schema()?,
        SchemaSubject::Plan => Subject::Plan.schema()?,
        SchemaSubject::Explanation => Subject::Explanation.schema()?,
        SchemaSubject::Why => Subject::Why.schema()?,
        SchemaSubject::Sensitivity => Subject::Sensitivity.schema()?,
        SchemaSubject::Solution => Subject::Solution.schema()?,
        SchemaSubject::Search => Subject::Search.schema()?,
        SchemaSubject::Lowered => Subject::Lowered.schema()?,
        SchemaSubject::Run => Subject::Run.schema()?,
        SchemaSubject::Gradients => Subject::Gradients.schema()?,
        SchemaSubject::Models => Subject::Models.schema()?,
        SchemaSubject::Operators => Subject::Operators.schema()?,
        SchemaSubject::Machines => Subject::Machines.schema()?,
        SchemaSubject::MachineExplanation => Subject::MachineExplanation.schema()?,
        SchemaSubject::SystemExplanation => Subject::SystemExplanation.schema()?,
        SchemaSubject::SoftwareExplanation => Subject::SoftwareExplanation.schema()?,
        SchemaSubject::Files => Subject::Files.schema()?,
        SchemaSubject::Summary => Subject::Summary.schema()?,
        SchemaSubject::SweepStatus => Subject::SweepStatus.schema()?,
        SchemaSubject::ValidateVertices => serde_json::to_value(schema_for!(VerticesValidation))?,
        SchemaSubject::ValidatePlans => serde_json::to_value(schema_for!(PlansValidation))?,
        SchemaSubject::ValidateLayers => serde_json::to_value(schema_for!(LayersValidation))?,
        SchemaSubject::ValidateTraining => serde_json::to_value(schema_for!(TrainingValidation))?,
        SchemaSubject::ValidateSilicon => {
            serde_json::to_value(schema_for!(tilesim_validate::silicon::SiliconValidation))?
        }
        SchemaSubject::ValidateSummary => {
            serde_json::to_value(schema_for!(tilesim_report::ValidationSummary))?
        }
    };
    console.text(&(serde_json::to_string_pretty(&schema)? + "\n"))?;
    Ok(Outcome::Positive)
}
