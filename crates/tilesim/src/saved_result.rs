//! Results of earlier runs, read from their files.

use std::path::Path;

use serde::{Deserialize, de::DeserializeOwned};
use tilesim_report::{
    RESULT_SCHEMA, RunResult,
    training::{TRAINING_SCHEMA, TrainingResult},
};

use crate::{Error, file, output};

/// The result that a file holds, or `None` where it does not claim to be one.
///
/// # Errors
/// Where the file cannot be read, or claims to hold a result and does not, with line, column and field.
pub fn read_result(path: &Path) -> Result<Option<RunResult>, Error> {
    output::check_complete(path)?;
    let text = file::read_text(path)?;
    let Some(schema) = claimed(&text) else {
        return Ok(None);
    };
    if schema != RESULT_SCHEMA {
        return Err(Error::Result {
            path: path.to_owned(),
            line: 1,
            column: 1,
            field: "schema".to_owned(),
            reason: format!("`{schema}` is not `{RESULT_SCHEMA}`"),
        });
    }
    let result: RunResult = parsed(path, &text)?;
    result.check().map_err(|source| Error::UnsoundResult {
        path: path.to_owned(),
        source,
    })?;
    Ok(Some(result))
}

/// The result of a weight update that a file holds, or `None` where it does not claim to be one.
///
/// # Errors
/// As [`read_result`].
pub fn read_update(path: &Path) -> Result<Option<TrainingResult>, Error> {
    output::check_complete(path)?;
    let text = file::read_text(path)?;
    match claimed(&text) {
        Some(schema) if schema == TRAINING_SCHEMA => Ok(Some(parsed(path, &text)?)),
        _ => Ok(None),
    }
}

/// What a file claims to be, which tells a result from a specification.
fn claimed(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Claim {
        schema: Option<String>,
    }
    let mut claims = serde_json::Deserializer::from_str(text).into_iter::<Claim>();
    claims.next()?.ok()?.schema
}

fn parsed<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, Error> {
    let wrong = |field: String, error: &serde_json::Error| Error::Result {
        path: path.to_owned(),
        line: error.line(),
        column: error.column(),
        field,
        reason: without_place(&error.to_string()),
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let result = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| wrong(error.path().to_string(), error.inner()))?;
    // Nothing stands behind it.
    deserializer
        .end()
        .map_err(|error| wrong(".".to_owned(), &error))?;
    Ok(result)
}

/// The message alone: the place stands before it already.
fn without_place(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}
