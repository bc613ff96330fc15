//! Weights in files beside the model.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use prost::bytes::Bytes;

use super::{
    OnnxError,
    proto::{EXTERNAL, TensorProto},
};

/// The files of external data that a model refers to. They are read when values are asked for, and need not be there.
#[derive(Debug, Clone, Default)]
pub(super) struct ExternalFiles {
    files: BTreeMap<String, Option<ExternalFile>>,
}

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ExternalFile {
    path: Arc<Path>,
    bytes: u64,
    /// The bytes from the first to the last that any tensor states.
    stated: Range<u64>,
}

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ExternalRange {
    path: Arc<Path>,
    offset: u64,
    bytes: u64,
}

/// Where the external data of a tensor lies.
struct Place<'a> {
    location: &'a str,
    offset: u64,
    length: Option<u64>,
}

impl ExternalFiles {
    /// Looks for the files that the tensors refer to. Without a folder the model came from memory, and they are not there.
    pub(super) fn find<'a>(
        tensors: impl Iterator<Item = &'a TensorProto>,
        folder: Option<&Path>,
    ) -> Result<Self, OnnxError> {
        let mut files: BTreeMap<String, Option<ExternalFile>> = BTreeMap::new();
        for tensor in tensors.filter(|tensor| tensor.data_location == Some(EXTERNAL)) {
            let name = tensor.name.as_deref().unwrap_or_default();
            let place = place(tensor, name)?;
            let location = place.location;
            if let Some(known) = files.get_mut(location) {
                if let Some(file) = known {
                    file.state(&place);
                }
                continue;
            }
            let outside = || {
                wrong(
                    name,
                    format!("its external data lies in `{location}`"),
                    "a file in the folder of the model or beneath it",
                )
            };
            if !stays(location) || Path::new(location).file_name().is_none() {
                return Err(outside());
            }
            let file = match folder {
                Some(folder) => found(&within(folder, location).ok_or_else(outside)?, &place)?,
                None => None,
            };
            if file.as_ref().is_some_and(|file| file.path.is_dir()) {
                return Err(outside());
            }
            files.insert(location.to_owned(), file);
        }
        Ok(Self { files })
    }

    /// The files that are there, with the bytes from the first to the last that any tensor states.
    pub(super) fn stated(&self) -> impl Iterator<Item = (&Path, Range<u64>)> {
        let files = self.files.values().flatten();
        files.map(|file| (&*file.path, file.stated.clone()))
    }

    /// Where the `expected` bytes of a tensor's external data lie; `None` where the file is not there.
    pub(super) fn range(
        &self,
        tensor: &TensorProto,
        name: &str,
        expected: u64,
    ) -> Result<Option<ExternalRange>, OnnxError> {
        let place = place(tensor, name)?;
        if place.length.is_some_and(|length| length != expected) {
            return Err(wrong(
                name,
                format!("its external data has {} bytes", place.length.unwrap_or(0)),
                format!("{expected} bytes for its shape"),
            ));
        }
        let Some(Some(file)) = self.files.get(place.location) else {
            return Ok(None);
        };
        match place.offset.checked_add(expected) {
            Some(end) if end <= file.bytes => Ok(Some(ExternalRange {
                path: Arc::clone(&file.path),
                offset: place.offset,
                bytes: expected,
            })),
            _ => Err(wrong(
                name,
                format!(
                    "its external data is {expected} bytes at {} of `{}`",
                    place.offset, place.location
                ),
                format!("bytes within the {} of that file", file.bytes),
            )),
        }
    }
}

impl Place<'_> {
    /// The bytes that are stated, up to the end of the file where their number is not.
    fn range(&self) -> Range<u64> {
        let end = self.length.and_then(|length| self.offset.checked_add(length));
        self.offset..end.unwrap_or(u64::MAX)
    }
}

impl ExternalFile {
    /// Takes note of the data of one more tensor.
    fn state(&mut self, place: &Place<'_>) {
        let range = place.range();
        self.stated = self.stated.start.min(range.start)..self.stated.end.max(range.end);
    }
}

impl ExternalRange {
    /// The bytes.
    pub(super) fn read(&self) -> Result<Bytes, OnnxError> {
        let cannot = |source| OnnxError::Read {
            path: self.path.to_path_buf(),
            source,
        };
        let (mut file, _) = tilesim_files::open(&self.path).map_err(cannot)?;
        file.seek(SeekFrom::Start(self.offset)).map_err(cannot)?;
        let bytes = taken(file, self.bytes).map_err(cannot)?;
        if bytes.len() as u64 == self.bytes {
            Ok(bytes.into())
        } else {
            Err(cannot(io::ErrorKind::UnexpectedEof.into()))
        }
    }
}

fn wrong(tensor: &str, reason: String, expected: impl Into<String>) -> OnnxError {
    OnnxError::Tensor {
        tensor: tensor.to_owned(),
        reason,
        expected: expected.into(),
    }
}

fn place<'a>(tensor: &'a TensorProto, name: &str) -> Result<Place<'a>, OnnxError> {
    let entry = |key: &str| {
        let entry = tensor
            .external_data
            .iter()
            .find(|entry| entry.key.as_deref() == Some(key))?;
        entry.value.as_deref()
    };
    let number = |key: &str| match entry(key) {
        None => Ok(None),
        Some(text) => text.parse::<u64>().map(Some).map_err(|_| {
            wrong(
                name,
                format!("{key} of its external data is `{text}`"),
                "a whole number of bytes",
            )
        }),
    };
    let Some(location) = entry("location") else {
        return Err(wrong(
            name,
            "its external data has no location".to_owned(),
            "the name of a file",
        ));
    };
    Ok(Place {
        location,
        offset: number("offset")?.unwrap_or(0),
        length: number("length")?,
    })
}

/// Up to so many bytes of a file from where it is.
fn taken(file: File, size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(size as usize)
        .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    file.take(size).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The file at a path, if there is one.
fn found(path: &Path, place: &Place<'_>) -> Result<Option<ExternalFile>, OnnxError> {
    match std::fs::metadata(path) {
        Ok(file) => Ok(Some(ExternalFile {
            path: path.into(),
            bytes: file.len(),
            stated: place.range(),
        })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(OnnxError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Whether a location stays in its folder in words.
fn stays(location: &str) -> bool {
    Path::new(location)
        .components()
        .all(|component| matches!(component, Component::Normal(_) | Component::CurDir))
}

/// The file of a location, unless it leaves the folder, in words or through symbolic links.
fn within(folder: &Path, location: &str) -> Option<PathBuf> {
    if !stays(location) {
        return None;
    }
    let path = folder.join(location);
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(file), Ok(folder)) => file.starts_with(folder).then_some(path),
        // It is not there, or looking at it says what is wrong.
        _ => Some(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::StringStringEntryProto;

    /// The bytes, or none where the file is not there.
    fn read(pairs: &[(&str, &str)], size: u64, folder: Option<&Path>) -> Result<Option<Bytes>, OnnxError> {
        let tensor = TensorProto {
            data_location: Some(EXTERNAL),
            external_data: pairs
                .iter()
                .map(|&(key, value)| StringStringEntryProto {
                    key: Some(key.to_owned()),
                    value: Some(value.to_owned()),
                })
                .collect(),
            ..TensorProto::default()
        };
        let range = ExternalFiles::find([&tensor].into_iter(), folder)?.range(&tensor, "t", size)?;
        range.map(|range| range.read()).transpose()
    }

    #[test]
    fn a_range_of_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("w.bin"), [1, 2, 3, 4, 5, 6]).expect("a file");
        std::fs::create_dir(folder.path().join("folder")).expect("a folder");
        let inside = Some(folder.path());
        let range = [("location", "w.bin"), ("offset", "1"), ("length", "4")];
        let bytes = read(&range, 4, inside).expect("bytes").expect("a file");
        assert_eq!(bytes, [2, 3, 4, 5].as_slice());
        for (pairs, size) in [
            (vec![("location", "w.bin"), ("offset", "4")], 4),
            (vec![("location", "w.bin"), ("offset", "18446744073709551615")], 4),
            (vec![("location", "w.bin"), ("offset", "-1")], 4),
            (vec![("location", "w.bin"), ("length", "3")], 4),
            (vec![("location", "w.bin")], 1 << 62),
            (vec![("location", "../w.bin")], 4),
            (vec![("location", "/etc/passwd")], 4),
            (vec![("offset", "0")], 4),
            (vec![("location", "")], 4),
            (vec![("location", ".")], 4),
            (vec![("location", "./.")], 4),
            (vec![("location", "folder")], 4),
        ] {
            let result = read(&pairs, size, inside);
            assert!(
                matches!(result, Err(OnnxError::Tensor { .. })),
                "{pairs:?}: {result:?}"
            );
        }
        let missing = read(&[("location", "none.bin")], 4, inside);
        assert!(matches!(missing, Ok(None)));
        // A model from memory has no folder.
        assert!(matches!(read(&range, 4, None), Ok(None)));
        let outside = read(&[("location", "../w.bin")], 4, None);
        assert!(matches!(outside, Err(OnnxError::Tensor { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_out_of_the_folder_is_refused() {
        let outside = tempfile::tempdir().expect("a folder");
        std::fs::write(outside.path().join("secret"), [0; 4]).expect("a file");
        let folder = tempfile::tempdir().expect("a folder");
        std::os::unix::fs::symlink(outside.path().join("secret"), folder.path().join("link"))
            .expect("a link");
        let result = read(&[("location", "link")], 4, Some(folder.path()));
        assert!(matches!(result, Err(OnnxError::Tensor { .. })), "{result:?}");
    }
}
