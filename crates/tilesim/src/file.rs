//! Files that are read.

#[cfg(feature = "parquet")]
use std::io::{Read, Seek, SeekFrom};
use std::{
    collections::BTreeMap,
    io,
    ops::Range,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use tilesim_machine::{Descriptions, MachineError};
use tilesim_onnx::OnnxFile;
use tilesim_study::Digest;

use crate::Error;

/// Reads files, and keeps what each of them held: what a result depends on is told by what was read for it.
#[derive(Debug, Default)]
pub(crate) struct FileReader {
    read: Mutex<BTreeMap<PathBuf, Held>>,
}

/// What a file held that was read.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "parquet"),
    expect(dead_code, reason = "only sweeps in folders ask")
)]
enum Held {
    /// The digest of its text, nothing where it could not be read.
    Text(Option<Digest>),
    /// These of its bytes, which are looked at when somebody asks: weights are gigabytes, and most answers do not depend on them.
    Bytes(Range<u64>),
}

impl FileReader {
    /// The text of a file.
    pub(crate) fn text(&self, path: &Path) -> Result<String, Error> {
        self.noted(path).map_err(Error::read(path))
    }

    fn noted(&self, path: &Path) -> io::Result<String> {
        let text = tilesim_files::read_text(path);
        let digest = text.as_ref().ok();
        let digest = digest.map(|text| Digest::default().with(text.as_bytes()));
        self.note(path, Held::Text(digest));
        text
    }

    /// An ONNX model. What it states of its external data, which is read when it is asked for, counts as read.
    pub(crate) fn onnx(&self, path: &Path) -> Result<OnnxFile, Error> {
        self.note(path, Held::Bytes(0..u64::MAX));
        let file = OnnxFile::open(path).map_err(Error::onnx(path))?;
        for (external, range) in file.external_files() {
            self.note(external, Held::Bytes(range));
        }
        Ok(file)
    }

    /// The digest of all files that were read, with the paths under which they were.
    #[cfg(feature = "parquet")]
    pub(crate) fn digest(&self) -> Digest {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.iter().fold(Digest::default(), |all, (path, held)| {
            let digest = match held {
                Held::Text(digest) => *digest,
                Held::Bytes(range) => contents(path, range).ok(),
            };
            let digest = digest.map(|digest| digest.to_string()).unwrap_or_default();
            all.with(path.to_string_lossy().as_bytes())
                .with(digest.as_bytes())
        })
    }

    fn note(&self, path: &Path, held: Held) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.insert(path.to_owned(), held);
    }
}

impl Descriptions for FileReader {
    /// A file that another names lies beside that one, if its own path does not say where it lies.
    fn place(&self, name: &str, beside: &str) -> String {
        match Path::new(beside).parent() {
            Some(folder) if is_json(name) && is_json(beside) => folder.join(name).display().to_string(),
            _ => name.to_owned(),
        }
    }

    fn text(&self, place: &str) -> Result<Option<String>, MachineError> {
        if !is_json(place) {
            return Ok(None);
        }
        let path = Path::new(place);
        let text = self.noted(path).map_err(|error| MachineError::Unreadable {
            file: place.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Some(text))
    }
}

/// The digest of bytes of a regular file, piece by piece.
#[cfg(feature = "parquet")]
fn contents(path: &Path, range: &Range<u64>) -> io::Result<Digest> {
    let (mut file, _) = tilesim_files::open(path)?;
    file.seek(SeekFrom::Start(range.start))?;
    Digest::of_contents(file.take(range.end - range.start))
}

/// The text of a file.
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    tilesim_files::read_text(path).map_err(Error::read(path))
}

/// Whether a machine or a system is given as a file, not by its name.
pub(crate) fn is_json(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// The value that a file begins with, whatever stands behind it; null where it begins with none. It tells what the file is meant to be.
pub(crate) fn first_value(path: &Path) -> serde_json::Value {
    let text = read_text(path).unwrap_or_default();
    let mut values = serde_json::Deserializer::from_str(&text).into_iter();
    values.next().and_then(Result::ok).unwrap_or_default()
}
