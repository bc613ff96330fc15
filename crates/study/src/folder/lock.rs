//! The lock of a folder: one process works in it at a time.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    path::Path,
};

use crate::SweepError;

const LOCK: &str = ".lock";

/// Locks the folder, until the file is closed or the process ends, however it ends.
pub(super) fn lock(path: &Path) -> Result<File, SweepError> {
    let place = path.join(LOCK);
    // Through a link another folder would be locked, or a file made there.
    if let Ok(there) = fs::symlink_metadata(&place)
        && !there.is_file()
    {
        return Err(SweepError::NoFile {
            path: place,
            found: if there.is_symlink() {
                "a symbolic link"
            } else {
                "no regular file"
            },
        });
    }
    // Nothing is written to it, and nothing cut off.
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&place)
        .map_err(SweepError::io(&place))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(SweepError::Busy {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(SweepError::Io { path: place, source }),
    }
}
