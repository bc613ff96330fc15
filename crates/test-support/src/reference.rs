//! Reference data: tables, networks and arrays in a folder `shared` beside the checkout.
//!
//! A lone checkout does without: a test that needs them says so and skips. Where `CI` is set nothing is skipped.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use ndarray::{ArrayD, OwnedRepr};
use ndarray_npy::{NpzReader, ReadNpzError};

/// A file or folder of the reference data, such as `vendor/plans`; `None` where it is absent, for a test to skip.
///
/// # Panics
/// If it is absent and `CI` is set.
pub fn path(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared")
        .join(name);
    if path.exists() {
        return Some(path);
    }
    skip(&format!("{} is absent", path.display()));
    None
}

/// A real network or what was computed with it, by the name of its file; `None` as for [`path`].
///
/// # Panics
/// As [`path`].
pub fn network(name: &str) -> Option<PathBuf> {
    path(&format!("onnx/{name}"))
}

/// Says why a test skips.
///
/// # Panics
/// If `CI` is set, where every test must run.
pub fn skip(reason: &str) {
    assert!(std::env::var_os("CI").is_none(), "{reason}");
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    {
        eprintln!("skipped: {reason}");
    }
}

/// All arrays of an `.npz` file, whole numbers as floats.
///
/// # Panics
/// If it is no such file, or holds anything but floats and whole numbers.
pub fn arrays(path: &Path) -> BTreeMap<String, ArrayD<f64>> {
    let mut archive = NpzReader::new(File::open(path).expect("the file opens")).expect("an archive");
    let names = archive.names().expect("names of arrays");
    names
        .into_iter()
        .map(|name| {
            let array = array(&mut archive, &name).expect("an array of floats or whole numbers");
            (name, array)
        })
        .collect()
}

fn array(archive: &mut NpzReader<File>, name: &str) -> Result<ArrayD<f64>, ReadNpzError> {
    if let Ok(array) = archive.by_name::<OwnedRepr<f64>, _>(name) {
        return Ok(array);
    }
    if let Ok(array) = archive.by_name::<OwnedRepr<f32>, _>(name) {
        let array: ArrayD<f32> = array;
        return Ok(array.mapv(f64::from));
    }
    let array: ArrayD<i64> = archive.by_name::<OwnedRepr<i64>, _>(name)?;
    Ok(array.mapv(|value| value as f64))
}
