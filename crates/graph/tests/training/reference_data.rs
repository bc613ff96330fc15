//! Reference gradients, from files beside the workspace.

use std::fs::File;

use ndarray::IxDyn;
use ndarray_npy::NpzReader;
use tilesim_graph::reference::{Tensor, Tensors};

#[path = "../../../models/tests/support/real_networks.rs"]
mod real_networks;

pub(crate) use real_networks::shared as path;

/// All arrays of a file, whole numbers as floats.
pub(crate) fn arrays(name: &str) -> Option<Tensors> {
    let path = path(name)?;
    let mut archive = NpzReader::new(File::open(path).expect("the file opens")).expect("an archive");
    let names = archive.names().expect("names of arrays");
    Some(
        names
            .into_iter()
            .map(|name| {
                let tensor = array(&mut archive, &name);
                (name, tensor)
            })
            .collect(),
    )
}

fn array(archive: &mut NpzReader<File>, name: &str) -> Tensor {
    if let Ok(array) = archive.by_name::<ndarray::OwnedRepr<f64>, IxDyn>(name) {
        tensor(array.shape(), array.iter().copied())
    } else if let Ok(array) = archive.by_name::<ndarray::OwnedRepr<f32>, IxDyn>(name) {
        tensor(array.shape(), array.iter().map(|&value| f64::from(value)))
    } else {
        let array = archive
            .by_name::<ndarray::OwnedRepr<i64>, IxDyn>(name)
            .expect("an array of floats or whole numbers");
        tensor(array.shape(), array.iter().map(|&value| value as f64))
    }
}

fn tensor(shape: &[usize], values: impl Iterator<Item = f64>) -> Tensor {
    Tensor {
        shape: shape.iter().map(|&size| size as u64).collect(),
        values: values.collect(),
    }
}
