//! The command `tilesim`, as the wheel installs it.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the command line with these arguments, of which the first is its own name, and gives its exit code.
#[pyfunction]
pub(crate) fn command(python: Python<'_>, arguments: Vec<OsString>) -> u8 {
    python.detach(|| tilesim_cli::command(arguments))
}
