//! Which files of a folder belong together.

use std::{collections::BTreeSet, fs, path::Path};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilesim_study::Digest;

use super::OutputFile;
use crate::{Error, file};

/// Name of the file that says which files of a folder belong together.
const NAME: &str = "files.json";

const SCHEMA: &str = "tilesim-files/1";

/// The files that were written into a folder together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputManifest {
    /// Version of this format.
    pub(super) schema: String,
    /// Whether all of them are there as they were written. They are not where the process was ended while they took their places.
    pub(super) complete: bool,
    /// The files, by name.
    pub(super) files: Vec<ListedFile>,
}

/// A file of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListedFile {
    /// Name without a folder.
    pub(super) name: String,
    /// Digest of what it holds: 128-bit FNV-1a of its length and bytes.
    pub(super) digest: String,
}

impl OutputManifest {
    /// Of files that are all there.
    pub(super) fn of(files: &[OutputFile]) -> Self {
        let files = files.iter().map(|file| ListedFile {
            name: file.name.clone(),
            digest: digest(&file.contents),
        });
        let mut files: Vec<ListedFile> = files.collect();
        files.sort_by(|one, other| one.name.cmp(&other.name));
        Self {
            schema: SCHEMA.to_owned(),
            complete: true,
            files,
        }
    }

    /// What a folder says of its files; nothing where it says nothing that can be understood.
    pub(super) fn of_folder(folder: &Path) -> Option<Self> {
        let text = file::read_text(&folder.join(NAME)).ok()?;
        let manifest: Self = serde_json::from_str(&text).ok()?;
        (manifest.schema == SCHEMA).then_some(manifest)
    }

    /// While these take the places of those.
    pub(super) fn on_the_way(&self, before: &[ListedFile]) -> Self {
        Self {
            complete: false,
            files: self.files.iter().chain(before).cloned().collect(),
            ..self.clone()
        }
    }

    /// Files of an earlier manifest that are none of these.
    pub(super) fn stale(&self, before: Self) -> Vec<ListedFile> {
        let names: BTreeSet<&str> = self.files.iter().map(|file| file.name.as_str()).collect();
        let mut stale = before.files;
        stale.retain(|file| !names.contains(file.name.as_str()));
        stale
    }

    pub(super) fn file(&self) -> Result<OutputFile, Error> {
        OutputFile::json(NAME, self)
    }
}

impl ListedFile {
    /// Removes the file from a folder, if it is there as it was written: what somebody has changed is not ours any more.
    pub(super) fn remove(&self, folder: &Path) {
        let is_name = Path::new(&self.name)
            .file_name()
            .is_some_and(|name| *name == *self.name);
        let path = folder.join(&self.name);
        if is_name
            && fs::symlink_metadata(&path).is_ok_and(|there| there.is_file())
            && fs::read(&path).is_ok_and(|contents| digest(&contents) == self.digest)
        {
            // What cannot be removed is listed no more, and in nobody's way.
            let _ = fs::remove_file(&path);
        }
    }
}

fn digest(contents: &[u8]) -> String {
    Digest::default().with(contents).to_string()
}

/// Checks that a file is not one of several of which some are older than others.
///
/// # Errors
/// [`Error::Incomplete`] where its folder says so.
pub(crate) fn check_complete(path: &Path) -> Result<(), Error> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(());
    };
    match OutputManifest::of_folder(folder) {
        Some(manifest) if !manifest.complete && manifest.files.iter().any(|file| *file.name == *name) => {
            Err(Error::Incomplete {
                path: path.to_owned(),
            })
        }
        _ => Ok(()),
    }
}
