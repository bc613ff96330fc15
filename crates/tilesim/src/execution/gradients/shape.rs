//! Names and shapes of what a reference holds.

use tilesim_exec::Tensor;

use crate::{Error, execution::Archive};

/// Names of the network's input in a reference.
pub(super) const INPUT: [&str; 2] = ["input", "x"];

/// Checks the shape of an array that is computed from.
pub(super) fn shaped(archive: &Archive, name: &str, array: &Tensor, wanted: &[u64]) -> Result<(), Error> {
    if array.shape == wanted {
        return Ok(());
    }
    Err(archive.failed(format!("`{name}` is {:?}", array.shape), format!("{wanted:?}")))
}
