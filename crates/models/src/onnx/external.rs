//! Weights in files beside the model.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

use prost::bytes::Bytes;

use super::{
    OnnxError,
    proto::{EXTERNAL, TensorProto},
};

/// The files of external data that a model refers to, each loaded once.
#[derive(Debug, Clone, Default)]
pub(super) struct ExternalFiles {
    files: BTreeMap<String, Bytes>,
}

/// Where the external data of a tensor lies.
struct Place<'a> {
    location: &'a str,
    offset: u64,
    length: Option<u64>,
}

impl ExternalFiles {
    /// Loads the files that the tensors refer to. Without a folder the model came from memory and may not refer to any.
    pub(super) fn load<'a>(
        tensors: impl Iterator<Item = &'a TensorProto>,
        folder: Option<&Path>,
    ) -> Result<Self, OnnxError> {
        let mut files = BTreeMap::new();
        for tensor in tensors.filter(|tensor| tensor.data_location == Some(EXTERNAL)) {
            let name = tensor.name.as_deref().unwrap_or_default();
            let location = place(tensor, name)?.location;
            if !files.contains_key(location) {
                let path = folder
                    .and_then(|folder| within(folder, location))
                    .ok_or_else(|| {
                        wrong(
                            name,
                            format!("its external data lies in `{location}`"),
                            "a file in the folder of the model or beneath it",
                        )
                    })?;
                files.insert(location.to_owned(), whole(&path)?);
            }
        }
        Ok(Self { files })
    }

    /// The `expected` bytes of a tensor's external data.
    pub(super) fn slice(&self, tensor: &TensorProto, name: &str, expected: u64) -> Result<Bytes, OnnxError> {
        let place = place(tensor, name)?;
        if place.length.is_some_and(|length| length != expected) {
            return Err(wrong(
                name,
                format!("its external data has {} bytes", place.length.unwrap_or(0)),
                format!("{expected} bytes for its shape"),
            ));
        }
        let file = self.files.get(place.location).cloned().unwrap_or_default();
        let size = file.len() as u64;
        match place.offset.checked_add(expected) {
            Some(end) if end <= size => Ok(file.slice(place.offset as usize..end as usize)),
            _ => Err(wrong(
                name,
                format!(
                    "its external data is {expected} bytes at {} of `{}`",
                    place.offset, place.location
                ),
                format!("bytes within the {size} of that file"),
            )),
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

/// All bytes of a file; an error, not an abort, where there is no memory for them.
pub(super) fn whole(path: &Path) -> Result<Bytes, OnnxError> {
    let cannot = |source| OnnxError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(cannot)?;
    let size = file.metadata().map_err(cannot)?.len();
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(size as usize)
        .map_err(|_| cannot(io::ErrorKind::OutOfMemory.into()))?;
    file.take(size).read_to_end(&mut bytes).map_err(cannot)?;
    Ok(bytes.into())
}

/// The file of a location, unless it leaves the folder, in words or through symbolic links.
fn within(folder: &Path, location: &str) -> Option<PathBuf> {
    let relative = Path::new(location);
    let stays = relative
        .components()
        .all(|component| matches!(component, Component::Normal(_) | Component::CurDir));
    let path = folder.join(relative);
    if !stays {
        return None;
    }
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(file), Ok(folder)) => file.starts_with(folder).then_some(path),
        // Opening it says what is wrong.
        _ => Some(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::proto::StringStringEntryProto;

    fn read(pairs: &[(&str, &str)], size: u64, folder: Option<&Path>) -> Result<Bytes, OnnxError> {
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
        ExternalFiles::load([&tensor].into_iter(), folder)?.slice(&tensor, "t", size)
    }

    #[test]
    fn a_range_of_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("w.bin"), [1, 2, 3, 4, 5, 6]).expect("a file");
        let inside = Some(folder.path());
        let range = [("location", "w.bin"), ("offset", "1"), ("length", "4")];
        assert_eq!(read(&range, 4, inside).expect("bytes"), [2, 3, 4, 5].as_slice());
        for (pairs, size) in [
            (vec![("location", "w.bin"), ("offset", "4")], 4),
            (vec![("location", "w.bin"), ("offset", "18446744073709551615")], 4),
            (vec![("location", "w.bin"), ("offset", "-1")], 4),
            (vec![("location", "w.bin"), ("length", "3")], 4),
            (vec![("location", "w.bin")], 1 << 62),
            (vec![("location", "../w.bin")], 4),
            (vec![("location", "/etc/passwd")], 4),
            (vec![("offset", "0")], 4),
        ] {
            let result = read(&pairs, size, inside);
            assert!(
                matches!(result, Err(OnnxError::Tensor { .. })),
                "{pairs:?}: {result:?}"
            );
        }
        let missing = read(&[("location", "none.bin")], 4, inside);
        assert!(matches!(missing, Err(OnnxError::Read { .. })));
        let nowhere = read(&range, 4, None);
        assert!(matches!(nowhere, Err(OnnxError::Tensor { .. })));
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
