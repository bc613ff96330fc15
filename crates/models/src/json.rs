//! JSON with the place of what is wrong in it.

use serde::de::DeserializeOwned;

use crate::ModelError;

/// Reads a value from JSON, with the place of what is wrong.
pub(crate) fn parse_json<T: DeserializeOwned>(text: &str, origin: &str) -> Result<T, ModelError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        // A text that ends too soon has no path, which reads `?`.
        let path = error.path().to_string();
        let field = if path == "?" { ".".to_owned() } else { path };
        json_error(origin, field, error.inner())
    })?;
    deserializer
        .end()
        .map_err(|error| json_error(origin, ".".to_owned(), &error))?;
    Ok(value)
}

fn json_error(origin: &str, field: String, error: &serde_json::Error) -> ModelError {
    ModelError::Json {
        origin: origin.to_owned(),
        line: error.line(),
        column: error.column(),
        field,
        reason: without_place(error),
    }
}

/// The message without the place, which the error states already.
pub(crate) fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rfind(" at line ") {
        Some(end) => message[..end].to_owned(),
        None => message,
    }
}
