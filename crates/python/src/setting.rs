//! Settings, from Python's values.

use pyo3::{prelude::*, types::PyMapping};
use tilesim::Setting;

/// Settings of a mapping, as the command's `--set` takes them: `True` is `true`.
pub(crate) fn settings(set: Option<&Bound<'_, PyMapping>>) -> PyResult<Vec<Setting>> {
    let Some(set) = set else {
        return Ok(Vec::new());
    };
    let entries = set.items()?;
    entries
        .iter()
        .map(|entry| {
            let (key, value): (String, Bound<'_, PyAny>) = entry.extract()?;
            Ok(Setting::new(&key, value_text(&value)?))
        })
        .collect()
}

/// The value of a setting as text.
pub(crate) fn value_text(value: &Bound<'_, PyAny>) -> PyResult<String> {
    match value.extract::<bool>() {
        Ok(truth) => Ok(truth.to_string()),
        Err(_) => Ok(value.str()?.to_string()),
    }
}
