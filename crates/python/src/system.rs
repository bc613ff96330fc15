//! Systems of chips.

use pyo3::{prelude::*, types::PyDict};
use tilesim::SystemVariant;

use crate::{answer::plain, error::raised, setting::value_text};

/// A system of chips and how it trains: a bundled name (`tilesim.machines()["systems"]`), or the path of a JSON file.
#[pyclass(frozen, module = "tilesim")]
pub(crate) struct System {
    pub(crate) variant: SystemVariant,
}

#[pymethods]
impl System {
    #[new]
    fn new(python: Python<'_>, name: &str) -> PyResult<Self> {
        let variant = SystemVariant::load(name).map_err(|error| raised(python, &error))?;
        Ok(Self { variant })
    }

    /// The system with other settings, which are checked together: `with_(micro_batch=8, gradient_accumulation=4)`. An `InputError` where there
    /// is no such setting, or it cannot be so.
    #[pyo3(signature = (**settings))]
    fn with_(&self, python: Python<'_>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let settings = settings.into_iter().flat_map(PyDictMethods::iter);
        let settings = settings
            .map(|(key, value)| Ok((key.extract::<String>()?, value_text(&value)?)))
            .collect::<PyResult<Vec<(String, String)>>>()?;
        let variant = self.variant.clone().with(settings);
        let variant = variant.map_err(|error| raised(python, &error))?;
        Ok(Self { variant })
    }

    /// Its name.
    #[getter]
    fn name(&self) -> &str {
        self.variant.name()
    }

    /// Every number: a list of `key`, `value`, `unit`, `meaning`, `source`.
    #[getter]
    fn values<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.variant.values())
    }

    /// What was changed of the named system, as `system.KEY=VALUE`.
    #[getter]
    fn overrides(&self) -> Vec<String> {
        self.variant.overrides().to_vec()
    }

    fn __repr__(&self) -> String {
        let changes = self.variant.overrides().join(", ");
        format!("<tilesim.System {} {changes}>", self.name()).replace(" >", ">")
    }
}
