//! What can be wrong with a vendor table. Every message names the place and what was expected there.

use std::{
    io,
    path::{Path, PathBuf},
};

use tilesim_machine::MachineError;

use crate::row::RowError;

/// Why a table cannot be compared with.
#[derive(Debug, thiserror::Error)]
pub enum ValidateError {
    /// A file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A row cannot be predicted.
    #[error("{}:{line}: {source}", path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// Column, value and what was expected.
        source: RowError,
    },
    /// A file holds no such table.
    #[error("{}: {reason}; expected {expected}", path.display())]
    Table {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A machine that a row was counted for cannot be had.
    #[error(transparent)]
    Machine(#[from] MachineError),
}

impl ValidateError {
    /// A table that has column names at most.
    pub fn no_rows(path: &Path) -> Self {
        Self::Table {
            path: path.to_owned(),
            reason: "the table has no rows".to_owned(),
            expected: "a line of column names, then one line for each row",
        }
    }

    /// The error of a file that cannot be read.
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Read { path, source }
    }
}
