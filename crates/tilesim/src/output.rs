//! Files that appear whole or not at all, and together.

mod manifest;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;
use tilesim_files::{NewFile, remove_abandoned};

pub(crate) use self::manifest::check_complete;
pub use self::manifest::{ListedFile, OutputManifest};
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

    /// Writes every file under its name, and a manifest of them. All are complete beside their places before the first one takes its
    /// place; while they do, the manifest says that they are not complete. Files of the manifest before that are none of them are removed,
    /// unless somebody has changed them.
    ///
    /// # Errors
    /// Where one of them cannot be written: then none has taken its place, or those before it.
    pub fn write(&self, files: &[OutputFile]) -> Result<(), Error> {
        let manifest = OutputManifest::of(files);
        let before = OutputManifest::of_folder(&self.path);
        let stale = before.map(|before| manifest.stale(before)).unwrap_or_default();
        let begin = self.beside(&manifest.on_the_way(&stale).file()?)?;
        let end = self.beside(&manifest.file()?)?;
        let written: Vec<PlacedFile> = files
            .iter()
            .map(|file| self.beside(file))
            .collect::<Result<_, _>>()?;
        begin.take_place()?;
        for file in written {
            file.take_place()?;
        }
        for file in stale {
            file.remove(&self.path);
        }
        end.take_place()
    }

    /// A file that is complete, beside its place.
    fn beside(&self, file: &OutputFile) -> Result<PlacedFile, Error> {
        let path = self.path.join(&file.name);
        let file = NewFile::write(&path, &file.contents).map_err(Error::write(&path))?;
        Ok(PlacedFile { file, path })
    }
}

/// A new file, and where it goes.
struct PlacedFile {
    file: NewFile,
    path: PathBuf,
}

impl PlacedFile {
    fn take_place(self) -> Result<(), Error> {
        self.file.take_place().map_err(Error::write(&self.path))
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
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(path.join("files.json").exists());
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
    fn nothing_stale_is_left_but_what_is_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let output = OutputFolder::open(folder.path()).expect("it is there");
        let there = |name: &str| folder.path().join(name).exists();
        fs::write(folder.path().join("notes"), "mine").expect("written");
        let of = |names: &[&str]| -> Vec<OutputFile> {
            names
                .iter()
                .map(|name| OutputFile::new(*name, name.as_bytes()))
                .collect()
        };
        output.write(&of(&["a", "b", "c"])).expect("written");
        fs::write(folder.path().join("b"), "changed by me").expect("written");
        output.write(&of(&["a"])).expect("written");
        assert!(there("a") && there("b") && there("notes") && !there("c"));
    }

    #[test]
    fn files_that_did_not_all_take_their_places_are_recognised() {
        let folder = tempfile::tempdir().expect("a folder");
        let output = OutputFolder::open(folder.path()).expect("it is there");
        output.write(&[OutputFile::new("a", b"1")]).expect("written");
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        assert!(check_complete(&a).is_ok());
        // As a process leaves it that ends before the second file has its place.
        fs::create_dir(&b).expect("in the way");
        let both = [OutputFile::new("a", b"2"), OutputFile::new("b", b"2")];
        assert!(output.write(&both).is_err());
        assert!(check_complete(&a).is_ok(), "what is in the way is seen before");
        let manifest = OutputManifest::of(&both).on_the_way(&[]);
        fs::write(
            folder.path().join("files.json"),
            manifest.file().expect("JSON").contents,
        )
        .expect("written");
        assert!(matches!(check_complete(&a), Err(Error::Incomplete { .. })));
        assert!(check_complete(&folder.path().join("other")).is_ok());
        fs::remove_dir(&b).expect("removed");
        output.write(&both).expect("written");
        assert!(check_complete(&a).is_ok());
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
