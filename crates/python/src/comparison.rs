//! Runs side by side.

use pyo3::{prelude::*, types::PyTuple};
use tilesim::results;

use crate::{
    answer::{json, plain},
    error::raised,
    run::Run,
};

/// Runs beside the first of them: ratios, and what they say in sentences.
#[pyclass(frozen, module = "tilesim")]
pub(crate) struct Comparison {
    comparison: results::Comparison,
}

/// Compares runs with the first.
#[pyfunction]
#[pyo3(signature = (*runs))]
pub(crate) fn compare(python: Python<'_>, runs: &Bound<'_, PyTuple>) -> PyResult<Comparison> {
    let results = runs
        .iter()
        .map(|run| Ok(run.cast::<Run>()?.get().result.clone()))
        .collect::<PyResult<Vec<_>>>()?;
    let comparison = tilesim::compare(results).map_err(|error| raised(python, &error))?;
    Ok(Comparison { comparison })
}

#[pymethods]
impl Comparison {
    /// All figures, as the JSON of `tilesim compare --format json` holds them.
    #[getter]
    fn result<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.comparison)
    }

    /// Ratios to the first run, a dictionary for each.
    #[getter]
    fn ratios<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.comparison.ratios)
    }

    /// What the figures say, in sentences.
    #[getter]
    fn reading(&self) -> Vec<String> {
        self.comparison.reading.clone()
    }

    /// The JSON.
    fn json(&self) -> PyResult<String> {
        json(&self.comparison)
    }

    fn __repr__(&self) -> String {
        format!("<tilesim.Comparison of {} runs>", self.comparison.results.len())
    }

    fn __str__(&self) -> String {
        results::render::comparison(&self.comparison, &results::render::Palette::plain())
    }
}
