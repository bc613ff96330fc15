//! Results of earlier runs, read from their files.

use std::path::Path;

use serde::{Deserialize, de::DeserializeOwned};
use tilesim_input::Mistakes;
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
        let reason = format!("is `{schema}`; expected `{RESULT_SCHEMA}`");
        let origin = path.display().to_string();
        return Err(Error::Result(Mistakes::at(&origin, &text, "schema", reason)));
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
    tilesim_input::parse(text, &path.display().to_string()).map_err(Error::Result)
}
