//! Which numbers reach a goal.

use pyo3::prelude::*;
use tilesim::response;

use crate::answer::{json, plain};

/// The smallest change that reaches a goal: its figures under the names of the JSON (`tilesim schema solution`).
#[pyclass(frozen, module = "tilesim")]
pub(crate) struct Solution {
    pub(crate) solution: response::Solution,
}

#[pymethods]
impl Solution {
    /// What became of it: `already`, `reached`, `not_reached` or `up_to_limit`.
    #[getter]
    fn outcome<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.solution.outcome)
    }

    /// The run that answers, a dictionary of `set`, `factor`, `figure` and more; `None` where there is none.
    #[getter]
    fn answer<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.solution.answer)
    }

    /// Its neighbour that misses, alike.
    #[getter]
    fn neighbour<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.solution.neighbour)
    }

    /// Whether the figure only rises or only falls over all that was tried.
    #[getter]
    const fn monotone(&self) -> bool {
        self.solution.monotone
    }

    /// What it says, in sentences.
    #[getter]
    fn reading(&self) -> Vec<String> {
        self.solution.reading.clone()
    }

    /// All figures, as the JSON of `tilesim solve --format json` holds them.
    #[getter]
    fn result<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.solution)
    }

    /// That JSON.
    fn json(&self) -> PyResult<String> {
        json(&self.solution)
    }

    fn __repr__(&self) -> String {
        let set = self.solution.answer.as_ref().map(|answer| answer.set.join(", "));
        format!("<tilesim.Solution: {}>", set.as_deref().unwrap_or("none"))
    }

    fn __str__(&self) -> String {
        response::render_solution(&self.solution, &tilesim::results::render::Palette::plain())
    }
}
