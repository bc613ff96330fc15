//! A weight update of a system of chips.

use pyo3::prelude::*;
use tilesim::results::{render, training::TrainingResult};

use crate::answer::{json, plain};

/// One weight update: its figures under the names of the JSON (`tilesim schema training`).
#[pyclass(frozen, module = "tilesim")]
pub(crate) struct WeightUpdate {
    pub(crate) result: TrainingResult,
}

#[pymethods]
impl WeightUpdate {
    /// Tile clock cycles of the update.
    #[getter]
    const fn cycles(&self) -> u64 {
        self.result.time.cycles
    }

    /// Images a second over all chips.
    #[getter]
    const fn images_per_second(&self) -> f64 {
        self.result.time.images_per_second
    }

    /// Whether every stage fits.
    #[getter]
    const fn fits(&self) -> bool {
        self.result.memory.fits
    }

    /// All figures, as the JSON of `tilesim simulate --mode training --format json` holds them.
    #[getter]
    fn result<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.result)
    }

    /// The JSON.
    fn json(&self) -> PyResult<String> {
        json(&self.result)
    }

    fn __repr__(&self) -> String {
        format!(
            "<tilesim.WeightUpdate {} on {}: {} cycles, {:.0} images/s, {}>",
            self.result.model.name,
            self.result.system.name,
            self.result.time.cycles,
            self.result.time.images_per_second,
            if self.result.memory.fits {
                "fits"
            } else {
                "does not fit"
            }
        )
    }

    fn __str__(&self) -> String {
        render::training(&self.result, &render::Palette::plain())
    }
}
