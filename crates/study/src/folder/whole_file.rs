//! Files that appear whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use tempfile::Builder;

use crate::SweepError;

/// How names of files begin that are not complete.
const TEMPORARY: &str = ".tilesim-";

/// Writes a file that appears whole or not at all, and stays even where the machine stops the moment after.
pub(super) fn write_whole(folder: &Path, name: &str, contents: &[u8]) -> Result<(), SweepError> {
    let path = folder.join(name);
    let mut builder = Builder::new();
    builder.prefix(TEMPORARY);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any other new file, not the owner's alone; the user's mask applies.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(SweepError::io(folder))?;
    file.write_all(contents)
        .and_then(|()| file.as_file().sync_all())
        .map_err(SweepError::io(&path))?;
    file.persist(&path)
        .map_err(|error| SweepError::io(&path)(error.error))?;
    // The name is part of the folder, which has to reach the disk too.
    #[cfg(unix)]
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(SweepError::io(folder))?;
    Ok(())
}

/// Removes what a killed sweep was writing.
pub(super) fn remove_incomplete(folder: &Path) -> Result<(), SweepError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(SweepError::io(folder))?,
    };
    for entry in entries {
        let entry = entry.map_err(SweepError::io(folder))?;
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            fs::remove_file(entry.path()).map_err(SweepError::io(&entry.path()))?;
        }
    }
    Ok(())
}
