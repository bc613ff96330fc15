//! Arrays in files of numpy's format.

use std::{
    fs::File,
    io::{BufReader, BufWriter},
    path::Path,
};

use ndarray::{ArrayD, IxDyn};
use ndarray_npy::{ReadNpyError, ReadNpyExt, WriteNpyExt};
use tilesim_exec::Tensor;

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
    Ok(Tensor {
        shape: array.shape().iter().map(|size| *size as u64).collect(),
        // In row-major order, whatever the order of the file.
        values: array.iter().copied().collect(),
    })
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
