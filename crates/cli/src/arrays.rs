//! Arrays in files of numpy's format.

use std::{
    fs::File,
    io::{BufReader, BufWriter},
    path::Path,
};

use ndarray::{ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::{NpzReader, ReadNpyError, ReadNpyExt, ReadNpzError, WriteNpyExt};
use tilesim_exec::{Tensor, Tensors};

use crate::error::CliError;

/// An array of floats of single or double precision.
pub(crate) fn read(path: &Path) -> Result<Tensor, CliError> {
    let open = || File::open(path).map(BufReader::new).map_err(CliError::read(path));
    let array = match ArrayD::<f32>::read_npy(open()?) {
        Err(ReadNpyError::WrongDescriptor(_)) => {
            ArrayD::<f64>::read_npy(open()?).map(|array| array.mapv(|value| value as f32))
        }
        array => array,
    };
    let array = array.map_err(|error| CliError::Array {
        path: path.to_owned(),
        reason: error.to_string(),
        expected: "an array of floats in numpy's format (.npy)".to_owned(),
    })?;
    Ok(tensor(array.shape(), array.iter().copied()))
}

/// All arrays of an archive (.npz), floats of single or double precision or whole numbers.
pub(crate) fn read_archive(path: &Path) -> Result<Tensors, CliError> {
    let failed = |reason: String| CliError::Array {
        path: path.to_owned(),
        reason,
        expected: "an archive of floats and whole numbers in numpy's format (.npz)".to_owned(),
    };
    let file = File::open(path).map_err(CliError::read(path))?;
    let mut archive = NpzReader::new(file).map_err(|error| failed(error.to_string()))?;
    let names = archive.names().map_err(|error| failed(error.to_string()))?;
    names
        .into_iter()
        .map(|name| {
            let array =
                archived(&mut archive, &name).map_err(|error| failed(format!("`{name}`: {error}")))?;
            Ok((name, array))
        })
        .collect()
}

fn archived(archive: &mut NpzReader<File>, name: &str) -> Result<Tensor, ReadNpzError> {
    if let Ok(array) = archive.by_name::<OwnedRepr<f32>, IxDyn>(name) {
        return Ok(tensor(array.shape(), array.iter().copied()));
    }
    if let Ok(array) = archive.by_name::<OwnedRepr<f64>, IxDyn>(name) {
        return Ok(tensor(array.shape(), array.iter().map(|value| *value as f32)));
    }
    if let Ok(array) = archive.by_name::<OwnedRepr<i32>, IxDyn>(name) {
        return Ok(tensor(array.shape(), array.iter().map(|value| *value as f32)));
    }
    let array = archive.by_name::<OwnedRepr<i64>, IxDyn>(name)?;
    Ok(tensor(array.shape(), array.iter().map(|value| *value as f32)))
}

fn tensor(shape: &[usize], values: impl Iterator<Item = f32>) -> Tensor {
    Tensor {
        shape: shape.iter().map(|size| *size as u64).collect(),
        // In row-major order, whatever the order of the file.
        values: values.collect(),
    }
}

/// Writes an array of single precision.
pub(crate) fn write(path: &Path, tensor: &Tensor) -> Result<(), CliError> {
    let failed = |reason: String| CliError::Array {
        path: path.to_owned(),
        reason,
        expected: "a file that can be written".to_owned(),
    };
    let shape: Vec<usize> = tensor.shape.iter().map(|size| *size as usize).collect();
    let array = ArrayD::from_shape_vec(IxDyn(&shape), tensor.values.clone())
        .map_err(|error| failed(error.to_string()))?;
    let file = File::create(path).map_err(CliError::write(path))?;
    array
        .write_npy(BufWriter::new(file))
        .map_err(|error| failed(error.to_string()))
}
