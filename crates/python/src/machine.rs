//! Machines.

use pyo3::{prelude::*, types::PyDict};
use tilesim::MachineVariant;

use crate::{answer::plain, error::raised, setting::value_text};

/// A machine: every number with its unit and source. A bundled name (`tilesim.machines()`), or the path of a JSON file.
#[pyclass(frozen, module = "tilesim")]
pub(crate) struct Machine {
    pub(crate) variant: MachineVariant,
}

#[pymethods]
impl Machine {
    #[new]
    #[pyo3(signature = (name="mk2"))]
    fn new(python: Python<'_>, name: &str) -> PyResult<Self> {
        let variant = MachineVariant::load(name).map_err(|error| raised(python, &error))?;
        Ok(Self { variant })
    }

    /// The machine with other numbers: `Machine("mk2").with_(tiles=256)`. Nested keys take a dictionary's entry:
    /// `with_(**{"energy.f16_f16": 1.1})`. An `InputError` where there is no such number, or it cannot be so.
    #[pyo3(signature = (**numbers))]
    fn with_(&self, python: Python<'_>, numbers: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut variant = self.variant.clone();
        for (key, value) in numbers.into_iter().flat_map(PyDictMethods::iter) {
            variant = variant
                .with(&key.extract::<String>()?, value_text(&value)?)
                .map_err(|error| raised(python, &error))?;
        }
        Ok(Self { variant })
    }

    /// Its name.
    #[getter]
    fn name(&self) -> &str {
        &self.variant.machine().name
    }

    /// Every number: a list of `key`, `value`, `unit`, `meaning`, `source`.
    #[getter]
    fn values<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.variant.values())
    }

    /// What was changed of the named machine, as `machine.KEY=VALUE`.
    #[getter]
    fn overrides(&self) -> Vec<String> {
        self.variant.overrides().to_vec()
    }

    fn __repr__(&self) -> String {
        let changes = self.variant.overrides().join(", ");
        format!("<tilesim.Machine {} {changes}>", self.name()).replace(" >", ">")
    }
}
