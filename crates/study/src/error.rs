//! What can be wrong with a study, and with the folder of its results.

use std::{io, path::PathBuf};

use tilesim_input::{Known, Mistakes};

/// A study that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StudyError {
    /// The file is no study.
    #[error("{0}")]
    Json(Mistakes),
    /// A field holds what makes no sense.
    #[error("field `{field}`: {reason}; expected {expected}")]
    Field {
        /// Path of the field.
        field: String,
        /// What is wrong.
        reason: String,
        /// What it should be.
        expected: String,
    },
    /// No study of this name.
    #[error("no bundled study is called `{name}`{known}")]
    Unknown {
        /// The name.
        name: String,
        /// Those that there are.
        known: Known,
    },
}

impl StudyError {
    pub(crate) fn field(field: &str, reason: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::Field {
            field: field.to_owned(),
            reason: reason.into(),
            expected: expected.into(),
        }
    }
}

/// A folder that cannot hold, or does not hold, the results of a sweep.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process works on it.
    #[error("{}: another sweep works in this folder", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// It holds the results of something else.
    #[error("{}: holds another sweep: {what} is {found} there, here {expected}; expected an empty folder or one of the same sweep", path.display())]
    Other {
        /// The folder.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// What it is in the folder.
        found: String,
        /// What it is now.
        expected: String,
    },
    /// Its files are no folder of a sweep.
    #[error("{}: {reason}; expected the folder of a sweep", path.display())]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Rows without the manifest that says whose they are.
    #[error("{}: is missing, though there is {found} beside it: nothing says which sweep that is of; expected an empty folder, or the file: put it back, or `--repair` writes it anew and keeps the rows that are this sweep's", path.display())]
    NoManifest {
        /// The file that is missing.
        path: PathBuf,
        /// What is there.
        found: &'static str,
    },
    /// A file of the folder does not hold what it should.
    #[error("{}: {reason}; expected {expected}: `tilesim sweep STUDY --out DIR --repair` {remedy}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
        /// What it should hold.
        expected: &'static str,
        /// What a repair does.
        remedy: &'static str,
    },
    /// What should be a plain file is none.
    #[error("{}: is {found}; expected a file of its own, or none: remove it", path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// Shards do not make a whole.
    #[error(
        "shard {missing} of {count} is missing; expected the folders of all shards of one sweep, or `--partial`"
    )]
    MissingShard {
        /// The first that is missing.
        missing: u64,
        /// How many there are.
        count: u64,
    },
    /// The study within is broken.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// Parquet cannot be written or read.
    #[cfg(feature = "parquet")]
    #[error("rows cannot be written or read as Parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// JSON cannot be written.
    #[error("JSON cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

#[cfg(feature = "parquet")]
impl SweepError {
    /// The error of a file or folder that cannot be read or written.
    pub(crate) fn io(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}
