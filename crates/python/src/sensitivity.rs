//! How a run responds to its numbers.

use pyo3::prelude::*;
use tilesim::response;

use crate::answer::{json, plain};

/// How a run responds to its numbers: its figures under the names of the JSON (`tilesim schema sensitivity`).
#[pyclass(frozen, module = "tilesim")]
pub(crate) struct Sensitivity {
    pub(crate) answer: response::Sensitivity,
}

#[pymethods]
impl Sensitivity {
    /// Every number with its elasticities, those whose time responds most first: dictionaries of `key`, `value`, `replanned`, `held`.
    #[getter]
    fn numbers<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.answer.numbers)
    }

    /// What to buy next: dictionaries of `key`, `set`, `saved_share`, `elasticity`, `fits`.
    #[getter]
    fn ranking<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.answer.ranking)
    }

    /// Curves that were asked for: dictionaries of `key`, `points`, `handovers`.
    #[getter]
    fn curves<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.answer.curves)
    }

    /// All figures, as the JSON of `tilesim sensitivity --format json` holds them.
    #[getter]
    fn result<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.answer)
    }

    /// That JSON.
    fn json(&self) -> PyResult<String> {
        json(&self.answer)
    }

    fn __repr__(&self) -> String {
        format!("<tilesim.Sensitivity: {} numbers>", self.answer.numbers.len())
    }

    fn __str__(&self) -> String {
        response::render(&self.answer, &tilesim::results::render::Palette::plain())
    }
}
