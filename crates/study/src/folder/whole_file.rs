//! Files that appear whole or not at all.

use std::path::Path;

use crate::SweepError;

/// Writes a file that appears whole or not at all, and stays even where the machine stops the moment after.
pub(super) fn write_whole(folder: &Path, name: &str, contents: &[u8]) -> Result<(), SweepError> {
    let path = folder.join(name);
    tilesim_files::write_whole(&path, contents).map_err(SweepError::io(&path))
}
