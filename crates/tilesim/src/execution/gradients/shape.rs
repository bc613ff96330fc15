//! Names and shapes of what a reference holds.

use crate::{Error, execution::Archive};

/// Names of the network's input in a reference.
pub(super) const INPUT: [&str; 2] = ["input", "x"];

/// Checks the shape of an array that is computed from.
pub(super) fn shaped(archive: &Archive, name: &str, shape: &[u64], wanted: &[u64]) -> Result<(), Error> {
    if shape == wanted {
        return Ok(());
    }
    Err(archive.failed(format!("`{name}` is {shape:?}"), format!("{wanted:?}")))
}
