//! Reference gradients, from files beside the workspace.

use std::{fs::File, path::PathBuf};

use ndarray::IxDyn;
use ndarray_npy::NpzReader;
use tilesim_graph::reference::{Tensor, Tensors};

/// A file of the reference data, or `None`, with a note, where there is no such data. In continuous integration there must be.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/onnx")
        .join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing", path.display());
    #[expect(clippy::print_stderr, reason = "says that a test skips")]
    {
        eprintln!("skipped: no {}", path.display());
    }
    None
}

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
