//! Files that are read.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use tilesim_onnx::OnnxFile;
use tilesim_study::Digest;

use crate::Error;

/// Reads files, and keeps what each of them held: what a result depends on is told by what was read for it.
#[derive(Debug, Default)]
pub(crate) struct FileReader {
    /// Digests of contents, nothing where a file could not be read.
    read: Mutex<BTreeMap<PathBuf, Option<Digest>>>,
}

impl FileReader {
    /// The text of a file.
    pub(crate) fn text(&self, path: &Path) -> Result<String, Error> {
        let text = read_text(path);
        let digest = text.as_ref().ok();
        self.note(path, digest.map(|text| Digest::default().with(text.as_bytes())));
        text
    }

    /// An ONNX model. Its external data, which is read when it is asked for, counts as read.
    pub(crate) fn onnx(&self, path: &Path) -> Result<OnnxFile, Error> {
        self.note(path, contents(path));
        let file = OnnxFile::open(path).map_err(Error::onnx(path))?;
        for external in file.external_files() {
            self.note(external, contents(external));
        }
        Ok(file)
    }

    /// The digest of all files that were read, with the paths under which they were.
    #[cfg(feature = "parquet")]
    pub(crate) fn digest(&self) -> Digest {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.iter().fold(Digest::default(), |all, (path, digest)| {
            let digest = digest.map(|digest| digest.to_string()).unwrap_or_default();
            all.with(path.to_string_lossy().as_bytes())
                .with(digest.as_bytes())
        })
    }

    fn note(&self, path: &Path, digest: Option<Digest>) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.insert(path.to_owned(), digest);
    }
}

/// The digest of what a regular file holds, piece by piece; nothing where it cannot be read.
fn contents(path: &Path) -> Option<Digest> {
    let is_file = fs::metadata(path).is_ok_and(|file| file.is_file());
    is_file.then(|| File::open(path).and_then(Digest::of_contents).ok())?
}

/// The text of a file.
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(Error::read(path))
}

/// Whether a machine or a system is given as a file, not by its name.
pub(crate) fn is_json(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}
