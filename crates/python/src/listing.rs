//! What there is.

use pyo3::prelude::*;
use tilesim::listing::{MachineListing, NetworkListing};

use crate::{answer::plain, error::raised};

/// The bundled networks: a list of `name`, `family`, `description`, `macs` (for one image) and `parameters`.
#[pyfunction]
pub(crate) fn networks(python: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let listing = NetworkListing::bundled().map_err(|error| raised(python, &error))?;
    plain(python, &listing.models)
}

/// The bundled machines (`machines`) and systems of chips (`systems`).
#[pyfunction]
pub(crate) fn machines(python: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let listing = MachineListing::bundled().map_err(|error| raised(python, &error))?;
    plain(python, &listing)
}
