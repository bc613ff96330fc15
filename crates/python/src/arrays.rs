//! Arrays of NumPy.

use numpy::{PyArrayDyn, PyReadonlyArrayDyn, PyUntypedArrayMethods, ndarray::ArrayD};
use pyo3::{exceptions::PyTypeError, prelude::*};
use tilesim::execution::Tensor;

use crate::error::Error;

/// A tensor of whatever NumPy makes an array of floats of.
pub(crate) fn tensor(value: &Bound<'_, PyAny>) -> PyResult<Tensor> {
    let numpy = value.py().import("numpy")?;
    let array = numpy.call_method1("ascontiguousarray", (value, "float32"))?;
    let array: PyReadonlyArrayDyn<'_, f32> = array
        .extract()
        .map_err(|_| PyTypeError::new_err("expected an array of numbers"))?;
    // NumPy makes a row of a single number; that it was none shows in its own shape.
    let shape = array.shape().iter().map(|size| *size as u64).collect();
    Ok(Tensor {
        shape,
        values: array
            .as_slice()
            .map_err(|error| Error::new_err(error.to_string()))?
            .to_vec(),
    })
}

/// An array of a tensor.
pub(crate) fn array<'py>(python: Python<'py>, tensor: &Tensor) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
    let shape: Vec<usize> = tensor.shape.iter().map(|size| *size as usize).collect();
    let values = ArrayD::from_shape_vec(shape, tensor.values.clone())
        .map_err(|error| Error::new_err(error.to_string()))?;
    let array = PyArrayDyn::from_owned_array(python, values);
    debug_assert!(array.is_c_contiguous());
    Ok(array)
}
