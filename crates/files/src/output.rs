//! Files that appear whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::{Builder, NamedTempFile};

/// How names of files begin that are not complete yet. No other files are called so.
const TEMPORARY: &str = ".tilesim-output-";

/// A file that is complete beside its place, and takes it when it is told to; it vanishes unless it is. Locked for as long as it is
/// open, so that what was abandoned can be told from what is being written.
#[derive(Debug)]
pub struct NewFile {
    file: NamedTempFile,
    path: PathBuf,
}

impl NewFile {
    /// A file for `path` that holds `contents`, on the disk but not in its place.
    ///
    /// # Errors
    /// Where it cannot be written, or something other than a file has that place: a folder or a device is never replaced. A symbolic
    /// link is; where it leads stays as it is.
    pub fn write(path: &Path, contents: &[u8]) -> io::Result<Self> {
        if let Ok(there) = fs::symlink_metadata(path)
            && !there.is_file()
            && !there.is_symlink()
        {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "what is there is no file; expected a file to replace, or nothing",
            ));
        }
        let mut file = temporary(folder_of(path))?;
        file.write_all(contents)?;
        file.as_file().sync_all()?;
        Ok(Self {
            file,
            path: path.to_owned(),
        })
    }

    /// Takes its place, whatever file was there.
    ///
    /// # Errors
    /// Where it cannot; what was there is there still.
    pub fn take_place(self) -> io::Result<()> {
        self.file.persist(&self.path).map_err(|error| error.error)?;
        sync_folder(folder_of(&self.path))
    }
}

/// Writes a file that appears whole or not at all, and stays even where the machine stops the moment after.
///
/// # Errors
/// As [`NewFile::write`] and [`NewFile::take_place`].
pub fn write_whole(path: &Path, contents: &[u8]) -> io::Result<()> {
    NewFile::write(path, contents)?.take_place()
}

/// Removes the incomplete files of processes that were killed: those that nobody has locked. The system unlocks what a process had,
/// however it ends. What cannot be removed stays for the next time: it is in nobody's way.
pub fn remove_abandoned(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let is_temporary = entry.file_name().to_string_lossy().starts_with(TEMPORARY);
        if is_temporary
            && entry.file_type().is_ok_and(|kind| kind.is_file())
            && let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            // Removed while it is locked, so that whoever made it just now sees it gone.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// The name is part of the folder, which has to reach the disk too.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// A file that vanishes unless it is given a place, locked for as long as it is open.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    loop {
        let file = named(folder)?;
        // Where there are no locks nobody takes them, and nothing is taken to be abandoned.
        let locked = file.as_file().lock().is_ok();
        // Whoever removes what is abandoned may have been faster than the lock.
        if !locked || file.path().exists() {
            return Ok(file);
        }
    }
}

fn named(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(TEMPORARY);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any other new file, not the owner's alone; the user's mask applies.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(folder: &Path) -> usize {
        fs::read_dir(folder).expect("there").count()
    }

    #[test]
    fn a_file_is_not_there_before_it_takes_its_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        fs::write(&path, "old").expect("written");
        let new = NewFile::write(&path, b"new").expect("written beside it");
        assert_eq!(fs::read(&path).expect("there"), b"old");
        drop(new);
        assert_eq!(entries(folder.path()), 1);
        write_whole(&path, b"new").expect("written");
        assert_eq!(fs::read(&path).expect("there"), b"new");
        assert_eq!(entries(folder.path()), 1);
    }

    #[test]
    fn what_is_no_file_is_not_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        fs::create_dir(&path).expect("made");
        assert!(write_whole(&path, b"new").is_err());
        assert_eq!(entries(folder.path()), 1);
        assert!(write_whole(Path::new("/dev/null"), b"new").is_err() || !cfg!(unix));
    }

    #[cfg(unix)]
    #[test]
    fn where_a_link_leads_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "other").expect("written");
        std::os::unix::fs::symlink(&target, &link).expect("a link");
        write_whole(&link, b"new").expect("written");
        assert_eq!(fs::read(&target).expect("there"), b"other");
        assert_eq!(fs::read(&link).expect("there"), b"new");
        assert!(!fs::symlink_metadata(&link).expect("there").is_symlink());
    }

    #[test]
    fn what_others_left_is_removed_and_what_they_write_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let abandoned = folder.path().join(format!("{TEMPORARY}abandoned"));
        fs::write(&abandoned, "half").expect("written");
        let other = folder.path().join(".tilesim-of-another-kind");
        fs::write(&other, "whole").expect("written");
        let written = NewFile::write(&folder.path().join("a"), b"new").expect("a file");
        remove_abandoned(folder.path());
        assert!(!abandoned.exists());
        assert!(other.exists());
        written.take_place().expect("it is there still");
    }
}
