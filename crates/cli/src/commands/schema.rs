//! `tilesim schema`: the file formats as JSON schemas.

use clap::{ValueEnum, builder::PossibleValue};
use schemars::schema_for;
use serde_json::{Map, Value, json};
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
    let name = args.subject.to_possible_value();
    let name = name.as_ref().map_or("", PossibleValue::get_name);
    console.text(&(serde_json::to_string_pretty(&published(schema, name))? + "\n"))?;
    Ok(Outcome::Positive)
}

/// A schema with the name by which others refer to it, which lets files name their schema, for editors. The columns of traces are none.
fn published(schema: Value, name: &str) -> Value {
    let Value::Object(mut schema) = schema else {
        return schema;
    };
    let Some(dialect) = schema.shift_remove("$schema") else {
        return Value::Object(schema);
    };
    let mut whole = Map::new();
    whole.insert("$schema".to_owned(), dialect);
    whole.insert("$id".to_owned(), format!("urn:tilesim:schema:{name}").into());
    accept_schema(&mut schema);
    // A network is of one of several families, each with members of its own.
    let families: Vec<String> = schema
        .get("anyOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|family| Some(family.get("$ref")?.as_str()?.rsplit('/').next()?.to_owned()))
        .collect();
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        for family in families {
            if let Some(family) = definitions.get_mut(&family).and_then(Value::as_object_mut) {
                accept_schema(family);
            }
        }
    }
    whole.extend(schema);
    Value::Object(whole)
}

/// Lets an object whose members are all known have a member `$schema` too.
fn accept_schema(schema: &mut Map<String, Value>) {
    if schema.get("additionalProperties") == Some(&Value::Bool(false))
        && let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut)
    {
        let property = json!({ "description": "Schema of this file, for editors.", "type": "string" });
        properties.insert("$schema".to_owned(), property);
    }
}
