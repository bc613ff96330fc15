//! Plots for papers and notebooks.

use std::path::PathBuf;

use pyo3::prelude::*;

/// A plot: shown by Jupyter, saved as SVG.
#[pyclass(frozen, module = "tilesim")]
pub(crate) struct Plot {
    /// Its name.
    #[pyo3(get)]
    pub(crate) name: String,
    /// The picture.
    #[pyo3(get)]
    pub(crate) svg: String,
}

#[pymethods]
impl Plot {
    /// Writes the picture to a file.
    fn save(&self, path: PathBuf) -> PyResult<()> {
        Ok(tilesim_files::write_whole(&path, self.svg.as_bytes())?)
    }

    fn _repr_svg_(&self) -> &str {
        &self.svg
    }

    fn __repr__(&self) -> String {
        format!("<tilesim.Plot {}>", self.name)
    }
}
