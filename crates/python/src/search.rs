//! The best of a space.

use std::path::PathBuf;

use pyo3::prelude::*;
use tilesim::{PlotFormat, Sweep};

use crate::{answer::plain, error::raised, work::work};

/// Searches a space, the path of a JSON file, in the folder `out`, where every network of the front is a file that runs: the answer as the JSON of
/// `tilesim search --format json` holds it.
#[pyfunction]
pub(crate) fn search<'py>(python: Python<'py>, space: &str, out: PathBuf) -> PyResult<Bound<'py, PyAny>> {
    let space = Sweep::of(space).map_err(|error| raised(python, &error))?;
    let outcome = work(python, |watch| {
        let outcome = space.search(&out, watch)?;
        outcome.write(&out, &PlotFormat::Svg.into())?;
        Ok(outcome)
    })?;
    plain(python, &outcome.answer)
}
