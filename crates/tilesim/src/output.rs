//! Files that appear whole or not at all.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;
use tilesim_files::{NewFile, remove_abandoned};

use crate::Error;

/// Name of the file that an opened folder is tried out with. It never takes its place.
const TRIED: &str = ".tilesim-output-tried";

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
        NewFile::write(&path.join(TRIED), &[]).map_err(Error::write(path))?;
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
                let file = NewFile::write(&path, contents).map_err(Error::write(&path))?;
                Ok((file, path))
            })
            .collect::<Result<Vec<(NewFile, PathBuf)>, Error>>()?;
        for (file, path) in written {
            file.take_place().map_err(Error::write(&path))?;
        }
        Ok(())
    }
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
    fn names_are_safe() {
        assert_eq!(file_name("../a b/c@d"), "-a-b-c-d");
        assert_eq!(
            file_name("efficientnet-b0-g16 batch 4"),
            "efficientnet-b0-g16-batch-4"
        );
    }
}
