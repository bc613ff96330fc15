//! A network that computed.

use pyo3::{prelude::*, types::PyDict};
use tilesim::execution::Executed;

use crate::{
    answer::{json, plain},
    arrays::array,
};

/// What a network computed, and what the same program costs.
#[pyclass(frozen, module = "tilesim")]
pub(crate) struct Execution {
    pub(crate) executed: Executed,
}

#[pymethods]
impl Execution {
    /// The outputs by name, as arrays of float32.
    #[getter]
    fn outputs<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let outputs = PyDict::new(python);
        for (name, tensor) in &self.executed.outputs {
            outputs.set_item(name, array(python, tensor)?)?;
        }
        Ok(outputs)
    }

    /// Whether every operator was computed as a plain evaluation does, where that was checked (`check=True`).
    #[getter]
    fn agrees(&self) -> Option<bool> {
        let check = self.executed.answer.check.as_ref()?;
        Some(check.first_difference.is_none())
    }

    /// All figures, as the JSON of `tilesim run --format json` holds them.
    #[getter]
    fn result<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.executed.answer)
    }

    /// What a reader should know of how it came about.
    #[getter]
    fn remarks(&self) -> Vec<String> {
        self.executed.remarks.clone()
    }

    /// The JSON.
    fn json(&self) -> PyResult<String> {
        json(&self.executed.answer)
    }

    fn __repr__(&self) -> String {
        let names: Vec<&str> = self
            .executed
            .outputs
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        format!("<tilesim.Execution {}>", names.join(", "))
    }
}
