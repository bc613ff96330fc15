//! Studies: every combination of what they vary.

use pyo3::{prelude::*, types::PyDict};
use tilesim::study::{Evaluation, Row, Study};

use crate::{answer::plain, error::raised, work::work};

/// A study: a bundled name, the path of a JSON file, or its text as JSON.
#[pyclass(frozen, module = "tilesim")]
pub(crate) struct Sweep {
    of: tilesim::Sweep,
    /// Keys that vary, in the order of a row's values.
    keys: Vec<String>,
    points: u64,
}

#[pymethods]
impl Sweep {
    #[new]
    fn new(python: Python<'_>, study: &str) -> PyResult<Self> {
        let load = || {
            let sweep = if study.trim_start().starts_with('{') {
                let study =
                    Study::from_json(study, "study").map_err(|error| tilesim::Error::Sweep(error.into()))?;
                tilesim::Sweep::new("study", study)
            } else {
                tilesim::Sweep::of(study)?
            };
            let points = sweep.points()?;
            Ok(Self {
                keys: points.keys().to_vec(),
                points: points.len(),
                of: sweep,
            })
        };
        load().map_err(|error: tilesim::Error| raised(python, &error))
    }

    fn __len__(&self) -> usize {
        usize::try_from(self.points).unwrap_or(usize::MAX)
    }

    /// The study, as its JSON would be read.
    #[getter]
    fn study<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(python, self.of.study())
    }

    /// What becomes of the points from `first` to before `end`: a dictionary for each, with its number (`point`), the settings that vary,
    /// `fits`, the study's metrics, and `failure`, which says why there are no figures.
    fn rows<'py>(&self, python: Python<'py>, first: u64, end: u64) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let sweep = &self.of;
        let rows = work(python, |watch| sweep.rows(first..end, watch))?;
        rows.iter().map(|row| self.row(python, row)).collect()
    }
}

impl Sweep {
    fn row<'py>(&self, python: Python<'py>, row: &Row) -> PyResult<Bound<'py, PyDict>> {
        let described = PyDict::new(python);
        described.set_item("point", row.point)?;
        for (key, value) in self.keys.iter().zip(&row.values) {
            described.set_item(key, plain(python, value)?)?;
        }
        let names = &self.of.study().metrics;
        let (fits, figures, failure) = match &row.evaluation {
            Evaluation::Done { fits, metrics } => (Some(*fits), metrics.clone(), None),
            Evaluation::Failed { reason } => (None, vec![None; names.len()], Some(reason)),
        };
        described.set_item("fits", fits)?;
        for (name, figure) in names.iter().zip(figures) {
            described.set_item(name, figure)?;
        }
        described.set_item("failure", failure)?;
        Ok(described)
    }
}
