//! Reference gradients, from files beside the workspace.

use ndarray::ArrayD;
use tilesim_graph::reference::{Tensor, Tensors};
use tilesim_test_support::reference;

/// All arrays of a file, whole numbers as floats.
pub(crate) fn arrays(name: &str) -> Option<Tensors> {
    let arrays = reference::arrays(&reference::network(name)?).into_iter();
    Some(arrays.map(|(name, array)| (name, tensor(&array))).collect())
}

fn tensor(array: &ArrayD<f64>) -> Tensor {
    Tensor {
        shape: array.shape().iter().map(|&size| size as u64).collect(),
        values: array.iter().copied().collect(),
    }
}
