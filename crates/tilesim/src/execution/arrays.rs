//! Arrays in files of numpy's format.

use std::{
    fs::File,
    io::{BufReader, BufWriter},
    path::Path,
};

use ndarray::{ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::{NpzReader, ReadNpyError, ReadNpyExt, ReadNpzError, ReadableElement, WriteNpyExt};
use tilesim_exec::Tensor;

use super::Archive;
use crate::Error;

/// An array of floats of single or double precision, whole numbers or truth values, from a file (.npy).
///
/// # Errors
/// Where the file cannot be read, or holds no numbers.
pub fn read_array(path: &Path) -> Result<Tensor, Error> {
    type Read = fn(BufReader<File>) -> Result<Tensor, ReadNpyError>;
    fn read<T: ReadableElement + Copy>(
        file: BufReader<File>,
        single: impl Fn(T) -> f32,
    ) -> Result<Tensor, ReadNpyError> {
        let array = ArrayD::<T>::read_npy(file)?;
        Ok(tensor(array.shape(), array.iter().map(|value| single(*value))))
    }
    const TYPES: [Read; 5] = [
        |file| read(file, |value: f64| value as f32),
        |file| read(file, |value: i64| value as f32),
        |file| read(file, |value: i32| value as f32),
        |file| read(file, |value: u8| f32::from(value)),
        |file| read(file, |value: bool| f32::from(u8::from(value))),
    ];
    let open = || File::open(path).map(BufReader::new).map_err(Error::read(path));
    let mut array = read(open()?, |value: f32| value);
    for read in TYPES {
        if !matches!(array, Err(ReadNpyError::WrongDescriptor(_))) {
            break;
        }
        array = read(open()?);
    }
    array.map_err(|error| Error::Array {
        path: path.to_owned(),
        reason: error.to_string(),
        expected: "an array of numbers in numpy's format (.npy)".to_owned(),
    })
}

impl Archive {
    /// Reads floats of single or double precision, whole numbers and truth values.
    ///
    /// # Errors
    /// Where the file cannot be read, or is no archive.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let failed = |error: ReadNpzError| Error::Array {
            path: path.to_owned(),
            reason: error.to_string(),
            expected: "an archive of arrays in numpy's format (.npz)".to_owned(),
        };
        let file = File::open(path).map_err(Error::read(path))?;
        let mut archive = NpzReader::new(file).map_err(failed)?;
        let arrays = (0..archive.len())
            .map(|index| archived(&mut archive, index))
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            arrays,
        })
    }
}

/// An array with its name, in the first type that it can be read as.
fn archived(
    archive: &mut NpzReader<File>,
    index: usize,
) -> Result<(String, Result<Tensor, String>), ReadNpzError> {
    type Read = fn(&mut NpzReader<File>, usize) -> Result<Tensor, ReadNpzError>;
    fn read<T: ReadableElement + Copy>(
        archive: &mut NpzReader<File>,
        index: usize,
        single: impl Fn(T) -> f32,
    ) -> Result<Tensor, ReadNpzError> {
        let array = archive.by_index::<OwnedRepr<T>, IxDyn>(index)?;
        Ok(tensor(array.shape(), array.iter().map(|value| single(*value))))
    }
    const TYPES: [Read; 8] = [
        |archive, index| read(archive, index, |value: f32| value),
        |archive, index| read(archive, index, |value: f64| value as f32),
        |archive, index| read(archive, index, |value: i64| value as f32),
        |archive, index| read(archive, index, |value: i32| value as f32),
        |archive, index| read(archive, index, |value: i16| f32::from(value)),
        |archive, index| read(archive, index, |value: i8| f32::from(value)),
        |archive, index| read(archive, index, |value: u8| f32::from(value)),
        |archive, index| read(archive, index, |value: bool| f32::from(u8::from(value))),
    ];
    let name = archive.names()?.into_iter().nth(index).unwrap_or_default();
    for read in TYPES {
        match read(archive, index) {
            Err(ReadNpzError::Npy(ReadNpyError::WrongDescriptor(_))) => {}
            Err(ReadNpzError::Npy(error)) => return Ok((name, Err(error.to_string()))),
            read => return read.map(|array| (name, Ok(array))),
        }
    }
    Ok((name, Err("its elements are no numbers".to_owned())))
}

fn tensor(shape: &[usize], values: impl Iterator<Item = f32>) -> Tensor {
    Tensor {
        shape: shape.iter().map(|size| *size as u64).collect(),
        // In row-major order, whatever the order of the file.
        values: values.collect(),
    }
}

/// Writes an array of single precision as a file (.npy).
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
    let file = File::create(path).map_err(Error::write(path))?;
    array
        .write_npy(BufWriter::new(file))
        .map_err(|error| failed(error.to_string()))
}
