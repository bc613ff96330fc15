//! Arrays in files of numpy's format.

use std::{io::BufReader, path::Path};

use ndarray::{ArrayD, IxDyn};
use ndarray_npy::WriteNpyExt;
use tilesim_exec::Tensor;
use zip::ZipArchive;

use super::{
    Archive,
    archive::Archived,
    stored_array::{ArrayHeader, StoredArray},
};
use crate::Error;

/// An array of floats of single or double precision, whole numbers or truth values, from a file (.npy).
///
/// # Errors
/// Where the file cannot be read, holds no numbers or other than its header says, or more than
/// [`usual_memory_limit`](super::usual_memory_limit).
pub fn read_array(path: &Path) -> Result<Tensor, Error> {
    let (file, bytes) = tilesim_files::open(path).map_err(Error::read(path))?;
    let mut reader = BufReader::new(file);
    let array = ArrayHeader::read(&mut reader, bytes).and_then(|header| header.values(reader, 0));
    array.map_err(|reason| Error::Array {
        path: path.to_owned(),
        reason,
        expected: "an array of numbers in numpy's format (.npy)".to_owned(),
    })
}

impl Archive {
    /// Opens an archive (.npz) of floats of single or double precision, whole numbers and truth values. Arrays are read when they are
    /// asked for.
    ///
    /// # Errors
    /// Where the file cannot be read, or is no archive.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let (file, _) = tilesim_files::open(path).map_err(Error::read(path))?;
        let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| Error::Array {
            path: path.to_owned(),
            reason: error.to_string(),
            expected: "an archive of arrays in numpy's format (.npz)".to_owned(),
        })?;
        let arrays = (0..archive.len())
            .map(|index| {
                let name = archive.name_for_index(index).unwrap_or_default();
                let name = name.strip_suffix(".npy").unwrap_or(name).to_owned();
                let array = StoredArray::of(&mut archive, index);
                (name, array.map_or_else(Archived::Unreadable, Archived::Stored))
            })
            .collect();
        Ok(Self {
            path: path.to_owned(),
            arrays,
        })
    }
}

/// Writes an array of single precision as a file (.npy), which appears whole or not at all.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_array(path: &Path, tensor: &Tensor) -> Result<(), Error> {
    let failed = |reason: String| Error::Array {
        path: path.to_owned(),
        reason,
        expected: "a file that can be written".to_owned(),
    };
    let shape: Vec<usize> = tensor.shape.iter().map(|size| *size as usize).collect();
    let array = ArrayD::from_shape_vec(IxDyn(&shape), tensor.values.clone())
        .map_err(|error| failed(error.to_string()))?;
    let mut contents = Vec::new();
    array
        .write_npy(&mut contents)
        .map_err(|error| failed(error.to_string()))?;
    if let Some(folder) = path.parent() {
        tilesim_files::remove_abandoned(folder);
    }
    tilesim_files::write_whole(path, &contents).map_err(Error::write(path))
}
