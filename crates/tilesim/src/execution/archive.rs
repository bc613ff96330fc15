//! Named arrays, whatever file they are from.

use std::path::PathBuf;

use tilesim_exec::Tensor;

use crate::Error;

/// Named arrays, such as an archive (.npz) holds, in its order.
#[derive(Debug, Clone)]
pub struct Archive {
    pub(super) path: PathBuf,
    /// An array that cannot be read matters only where it is asked for.
    pub(super) arrays: Vec<(String, Result<Tensor, String>)>,
}

impl Archive {
    /// Arrays that code has; errors name them by `origin`.
    pub fn new(origin: impl Into<PathBuf>, arrays: impl IntoIterator<Item = (String, Tensor)>) -> Self {
        Self {
            path: origin.into(),
            arrays: arrays
                .into_iter()
                .map(|(name, array)| (name, Ok(array)))
                .collect(),
        }
    }

    /// The names of all arrays.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.iter().map(|(name, _)| name.as_str())
    }

    /// An array, if there is one of this name.
    ///
    /// # Errors
    /// Where its elements are no numbers.
    pub fn get(&self, name: &str) -> Result<Option<&Tensor>, Error> {
        let found = self.arrays.iter().find(|(known, _)| known == name);
        let Some((_, array)) = found else {
            return Ok(None);
        };
        match array {
            Ok(array) => Ok(Some(array)),
            Err(reason) => Err(self.failed(
                format!("`{name}`: {reason}"),
                "floats of single or double precision, or whole numbers",
            )),
        }
    }

    /// An error of what the archive holds.
    pub(crate) fn failed(&self, reason: String, expected: impl Into<String>) -> Error {
        Error::Array {
            path: self.path.clone(),
            reason,
            expected: expected.into(),
        }
    }
}
