//! Answers of the library as Python's own numbers, texts, lists and dictionaries.

use pyo3::prelude::*;
use serde::Serialize;

use crate::error::Error;

/// A value as its JSON would be read: the same names, the same numbers.
pub(crate) fn plain<'py>(python: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    Ok(pythonize::pythonize(python, value)?)
}

/// The JSON that the command prints.
pub(crate) fn json(value: &impl Serialize) -> PyResult<String> {
    serde_json::to_string_pretty(value).map_err(|error| Error::new_err(error.to_string()))
}
