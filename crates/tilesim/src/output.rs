//! Files that appear whole or not at all.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use serde::Serialize;
use tempfile::{Builder, NamedTempFile};

use crate::Error;

/// How names of files begin that are not complete yet. No other files are called so.
const TEMPORARY: &str = ".tilesim-output-";

/// A file as a value: whoever has it may write it, send it, or look into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    /// Name without a folder.
    pub name: String,
    /// What it holds.
    pub contents: Vec<u8>,
}

impl OutputFile {
    /// A file of a name.
    pub fn new(name: impl Into<String>, contents: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            contents: contents.into(),
        }
    }

    /// A value as a JSON file.
    ///
    /// # Errors
    /// Where the value cannot be written as JSON.
    pub fn json(name: impl Into<String>, value: &impl Serialize) -> Result<Self, Error> {
        Ok(Self::new(name, serde_json::to_vec_pretty(value)?))
    }
}

/// A folder for results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFolder {
    path: PathBuf,
}

impl OutputFolder {
    /// The folder at `path`, made where it does not exist. Tried out at once, so that nobody waits for a run in vain.
    ///
    /// # Errors
    /// Where it cannot be made or written to.
    pub fn open(path: &Path) -> Result<Self, Error> {
        fs::create_dir_all(path).map_err(Error::write(path))?;
        remove_abandoned(path);
        temporary(path)?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Writes every file under its name. All are complete beside their places before the first one takes its place.
    ///
    /// # Errors
    /// Where one of them cannot be written: then none has taken its place, or those before it.
    pub fn write(&self, files: &[OutputFile]) -> Result<(), Error> {
        let written = files
            .iter()
            .map(|OutputFile { name, contents }| {
                let path = self.path.join(name);
                let mut file = temporary(&self.path)?;
                file.write_all(contents)
                    .and_then(|()| file.as_file().sync_all())
                    .map_err(Error::write(&path))?;
                Ok((file, path))
            })
            .collect::<Result<Vec<(NamedTempFile, PathBuf)>, Error>>()?;
        for (file, path) in written {
            file.persist(&path)
                .map_err(|error| Error::write(&path)(error.error))?;
        }
        Ok(())
    }
}

/// A file that vanishes unless it is given a place, locked for as long as it is open.
fn temporary(folder: &Path) -> Result<NamedTempFile, Error> {
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

/// Removes the incomplete files of processes that were killed: those that nobody has locked. The system unlocks what a process had,
/// however it ends.
fn remove_abandoned(folder: &Path) {
    // What cannot be removed stays for the next time: it is in nobody's way.
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let is_temporary = entry.file_name().to_string_lossy().starts_with(TEMPORARY);
        if is_temporary
            && let Ok(file) = fs::File::open(entry.path())
            && file.try_lock().is_ok()
        {
            // Removed while it is locked, so that whoever made it just now sees it gone.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn named(folder: &Path) -> Result<NamedTempFile, Error> {
    let mut builder = Builder::new();
    builder.prefix(TEMPORARY);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any other new file, not the owner's alone; the user's mask applies.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(Error::write(folder))
}

/// A name for a file, from a label that may hold anything.
pub fn file_name(label: &str) -> String {
    let safe = |letter: char| {
        if letter.is_ascii_alphanumeric() || "-_.=".contains(letter) {
            letter
        } else {
            '-'
        }
    };
    label.trim_start_matches('.').chars().map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new/folder");
        let output = OutputFolder::open(&path).expect("it can be made");
        output
            .write(&[OutputFile::new("a.json", b"1"), OutputFile::new("b.json", b"2")])
            .expect("written");
        let names: Vec<_> = fs::read_dir(&path)
            .expect("there")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        assert_eq!(names.len(), 2, "{names:?}");
    }

    #[test]
    fn a_failure_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let output = OutputFolder::open(folder.path()).expect("it is there");
        let bad = OutputFile::new("no/such/folder.json", b"1");
        // The first is complete before the second fails to take its place; neither stays half-written.
        assert!(output.write(&[bad]).is_err());
        assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 0);
    }

    #[test]
    fn what_others_left_is_removed_and_what_they_write_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let abandoned = folder.path().join(format!("{TEMPORARY}abandoned"));
        fs::write(&abandoned, "half").expect("written");
        let other = folder.path().join(".tilesim-of-another-kind");
        fs::write(&other, "whole").expect("written");
        let written = temporary(folder.path()).expect("a file");
        OutputFolder::open(folder.path()).expect("it is there");
        assert!(!abandoned.exists());
        assert!(other.exists());
        assert!(written.path().exists());
    }

    #[test]
    fn names_are_safe() {
        assert_eq!(file_name("../a b/c@d"), "-a-b-c-d");
        assert_eq!(
            file_name("efficientnet-b0-g16 batch 4"),
            "efficientnet-b0-g16-batch-4"
        );
    }
}
