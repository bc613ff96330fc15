//! Named arrays, whatever file they are from.

use std::path::PathBuf;

use tilesim_exec::Tensor;

#[cfg(feature = "npy")]
use super::stored_array::StoredArray;
use crate::Error;

/// Named arrays, such as an archive (.npz) holds, in its order. Those of a file are read when they are asked for.
#[derive(Debug, Clone)]
pub struct Archive {
    pub(super) path: PathBuf,
    pub(super) arrays: Vec<(String, Archived)>,
}

/// An array of an archive.
#[derive(Debug, Clone)]
pub(super) enum Archived {
    /// Code has it.
    Held(Tensor),
    /// It lies in the archive's file.
    #[cfg(feature = "npy")]
    Stored(StoredArray),
    /// It is none that can be read, which matters only where it is asked for.
    #[cfg(feature = "npy")]
    Unreadable(String),
}

impl Archive {
    /// Arrays that code has; errors name them by `origin`.
    pub fn new(origin: impl Into<PathBuf>, arrays: impl IntoIterator<Item = (String, Tensor)>) -> Self {
        Self {
            path: origin.into(),
            arrays: arrays
                .into_iter()
                .map(|(name, array)| (name, Archived::Held(array)))
                .collect(),
        }
    }

    /// The names of all arrays.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.iter().map(|(name, _)| name.as_str())
    }

    /// The shape of an array, if there is one of this name; none of its elements is read.
    ///
    /// # Errors
    /// Where its elements are no numbers.
    pub fn shape(&self, name: &str) -> Result<Option<&[u64]>, Error> {
        match self.find(name) {
            None => Ok(None),
            Some(Archived::Held(array)) => Ok(Some(&array.shape)),
            #[cfg(feature = "npy")]
            Some(Archived::Stored(array)) => Ok(Some(array.shape())),
            #[cfg(feature = "npy")]
            Some(Archived::Unreadable(reason)) => Err(self.unreadable(name, reason)),
        }
    }

    /// An array, if there is one of this name.
    ///
    /// # Errors
    /// Where its elements are no numbers, or take more memory than [`usual_memory_limit`](super::usual_memory_limit).
    pub fn get(&self, name: &str) -> Result<Option<&Tensor>, Error> {
        match self.find(name) {
            None => Ok(None),
            Some(Archived::Held(array)) => Ok(Some(array)),
            #[cfg(feature = "npy")]
            Some(Archived::Stored(array)) => {
                let arrays = self.arrays.iter();
                let others = arrays.map(|(_, array)| match array {
                    Archived::Stored(array) => array.taken(),
                    Archived::Held(_) | Archived::Unreadable(_) => 0,
                });
                let tensor = array.tensor(&self.path, others.sum());
                tensor.map(Some).map_err(|reason| self.unreadable(name, reason))
            }
            #[cfg(feature = "npy")]
            Some(Archived::Unreadable(reason)) => Err(self.unreadable(name, reason)),
        }
    }

    fn find(&self, name: &str) -> Option<&Archived> {
        let found = self.arrays.iter().find(|(known, _)| known == name);
        found.map(|(_, array)| array)
    }

    #[cfg(feature = "npy")]
    fn unreadable(&self, name: &str, reason: &str) -> Error {
        self.failed(
            format!("`{name}`: {reason}"),
            "floats of single or double precision, or whole numbers",
        )
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
