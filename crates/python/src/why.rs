//! Why one run takes another time than another.

use pyo3::prelude::*;
use tilesim::{RunOptions, WhySubject, difference};

use crate::{
    answer::{json, plain},
    run::Run,
    training::WeightUpdate,
};

/// Why one run takes another time than another: its figures under the names of the JSON (`tilesim schema why`).
#[pyclass(frozen, module = "tilesim")]
pub(crate) struct Why {
    pub(crate) why: difference::Why,
}

/// A run whose time is asked about.
#[derive(FromPyObject)]
pub(crate) enum WhyArgument {
    /// One that was run, or read.
    Run(Py<Run>),
    /// A weight update.
    Update(Py<WeightUpdate>),
    /// As the command takes it.
    Text(String),
}

impl WhyArgument {
    /// What is asked about. What was run can be run with other settings; what was read, and a weight update, cannot.
    pub(crate) fn subject(&self) -> Result<WhySubject, tilesim::Error> {
        match self {
            Self::Run(run) => Ok(run.get().subject()),
            Self::Update(update) => Ok(WhySubject::Update(Box::new(update.get().result.clone()))),
            Self::Text(text) => WhySubject::of(text, &RunOptions::default()),
        }
    }
}

#[pymethods]
impl Why {
    /// Cycles that the second run takes more, for as many images as batches of both make up; negative where it takes fewer.
    #[getter]
    const fn difference_cycles(&self) -> i64 {
        self.why.difference.difference_cycles
    }

    /// The difference by cause, kind of layer, layer and decision: dictionaries of `name`, `kind`, `cycles` and `children`, whose cycles sum
    /// to those of their parent.
    #[getter]
    fn tree<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.why.difference.tree)
    }

    /// What was simulated besides: dictionaries of `what`, `set`, `cycles_before`, `cycles_after`, `difference_cycles`.
    #[getter]
    fn counterfactuals<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.why.counterfactuals)
    }

    /// What it says, in sentences.
    #[getter]
    fn reading(&self) -> Vec<String> {
        self.why.reading.clone()
    }

    /// All figures, as the JSON of `tilesim why --format json` holds them.
    #[getter]
    fn result<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, &self.why)
    }

    /// That JSON.
    fn json(&self) -> PyResult<String> {
        json(&self.why)
    }

    fn __repr__(&self) -> String {
        format!("<tilesim.Why: {} cycles>", self.why.difference.difference_cycles)
    }

    fn __str__(&self) -> String {
        difference::render(&self.why, &tilesim::results::render::Palette::plain())
    }
}
