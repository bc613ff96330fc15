//! Networks by name or from files.

use std::{fs, path::Path};

use serde::Deserialize;
use tilesim_report::{RESULT_SCHEMA, RunResult};

use crate::{error::CliError, model_argument::ModelSource};

/// STUB
#[derive(Debug, Clone)]
pub(crate) struct ModelSpec;
impl ModelSpec {
    pub(crate) fn set(&mut self, key: &str, _v: &str) -> Result<(), CliError> {
        Err(CliError::argument(key, "no", "yes"))
    }
}
pub(crate) fn cost(
    network: &crate::run_request::Network,
    _batch: u64,
) -> Result<crate::commands::cost::Cost, CliError> {
    Err(CliError::argument(&network.name, "no", "yes"))
}
pub(crate) fn load(source: &ModelSource) -> Result<ModelSpec, CliError> {
    Err(CliError::argument(&format!("{source:?}"), "no", "yes"))
}
pub(crate) fn name(source: &ModelSource, _spec: &ModelSpec) -> String {
    format!("{source:?}")
}

/// The result that a file holds, or `None` where it does not claim to be one.
pub(crate) fn read_result(path: &Path) -> Result<Option<RunResult>, CliError> {
    /// What tells a result from a specification.
    #[derive(Deserialize)]
    struct Claim {
        schema: Option<String>,
    }
    let text = fs::read_to_string(path).map_err(CliError::read(path))?;
    let Ok(Claim { schema: Some(schema) }) = serde_json::from_str(&text) else {
        return Ok(None);
    };
    if schema != RESULT_SCHEMA {
        return Err(CliError::Result {
            path: path.to_owned(),
            line: 1,
            column: 1,
            field: "schema".to_owned(),
            reason: format!("`{schema}` is not `{RESULT_SCHEMA}`"),
        });
    }
    let deserializer = &mut serde_json::Deserializer::from_str(&text);
    let result: RunResult =
        serde_path_to_error::deserialize(deserializer).map_err(|error| CliError::Result {
            path: path.to_owned(),
            line: error.inner().line(),
            column: error.inner().column(),
            field: error.path().to_string(),
            reason: without_place(&error.inner().to_string()),
        })?;
    result.check().map_err(|source| CliError::UnsoundResult {
        path: path.to_owned(),
        source,
    })?;
    Ok(Some(result))
}

/// The message alone: the place stands before it already.
fn without_place(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}
pub(crate) fn specification(name: &str) -> Result<String, CliError> {
    Err(CliError::argument(name, "no", "yes"))
}
pub(crate) fn bundled() -> Result<Vec<crate::commands::models::Model>, CliError> {
    Ok(vec![])
}
pub(crate) fn schema() -> schemars::Schema {
    schemars::schema_for!(RunResult)
}
