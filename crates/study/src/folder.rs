//! The folder of a sweep: what is done stays done, whenever the sweep is killed.
//!
//! A chunk of points is a file that appears whole or not at all. When all are there, they become one table and go. Nothing that lies
//! there is believed unread: a file says of which sweep it is, and holds the points of its name as they were written.

mod lock;
mod stored;
mod whole_file;

use std::{
    fs::{self, File},
    io,
    path::Path,
};

pub(crate) use self::stored::StoredSweep;
use self::{
    lock::lock,
    stored::{CHUNKS, MANIFEST, PARTIAL, RESULTS, STUDY, chunk_name, read_manifest, read_study},
    whole_file::write_whole,
};
use crate::{Manifest, Points, Row, Study, SweepError, rows_file::rows_file};

/// What becomes of files that are not what they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Repair {
    /// They are errors.
    #[default]
    Refused,
    /// Files of this sweep are written anew, or removed where their points have to be run again. Those of another sweep are errors
    /// still.
    Allowed,
}

/// An open folder of a sweep. No other process works in it meanwhile.
#[derive(Debug)]
pub struct SweepFolder {
    stored: StoredSweep,
    /// Held until the process ends, however it ends.
    _lock: File,
}

impl SweepFolder {
    /// The folder at `path`, made where it does not exist, for the sweep that `manifest` describes. All chunks that are there are
    /// read.
    ///
    /// # Errors
    /// Where it holds another sweep, another process works in it, or it cannot be written; and where files are missing or damaged,
    /// unless a repair is allowed.
    pub fn open(path: &Path, study: &Study, manifest: Manifest, repair: Repair) -> Result<Self, SweepError> {
        let chunks = path.join(CHUNKS);
        fs::create_dir_all(path).map_err(SweepError::io(path))?;
        let lock = lock(path)?;
        let has_manifest = check_manifest(path, &manifest, repair)?;
        let has_study = match read_study(path, &manifest) {
            Err(SweepError::Damaged { .. }) if repair == Repair::Allowed => false,
            // Without a manifest it is what an earlier process left before its first row.
            Err(_) if !has_manifest => false,
            study => study?.is_some(),
        };
        let stored = StoredSweep::new(path, study, study.points()?, manifest)?;
        check_rows(&stored, repair)?;
        for folder in [path, &chunks] {
            tilesim_files::remove_abandoned(folder);
        }
        fs::create_dir_all(&chunks).map_err(SweepError::io(&chunks))?;
        if !has_study {
            write_whole(path, STUDY, &pretty(study)?)?;
        }
        if !has_manifest {
            // The manifest last: where it is, the folder is complete.
            write_whole(path, MANIFEST, &pretty(&stored.manifest)?)?;
        }
        Ok(Self { stored, _lock: lock })
    }

    /// What it holds.
    pub const fn manifest(&self) -> &Manifest {
        &self.stored.manifest
    }

    /// Chunks that are still to be done, in order.
    pub fn missing(&self) -> Vec<u64> {
        if self.stored.results_path().exists() {
            return Vec::new();
        }
        self.manifest()
            .chunks()
            .filter(|&chunk| !self.stored.chunk_path(chunk).exists())
            .collect()
    }

    /// Stores the rows of a chunk.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn store(&self, chunk: u64, rows: &[Row]) -> Result<(), SweepError> {
        write_whole(
            &self.stored.path.join(CHUNKS),
            &chunk_name(chunk),
            &rows_file(&self.stored.layout, rows)?,
        )
    }

    /// The rows of a complete sweep, in order; the first time, chunks become one table.
    ///
    /// # Errors
    /// Where chunks are missing or files cannot be read or written.
    pub fn rows(&self) -> Result<Vec<Row>, SweepError> {
        let rows = if self.stored.results_path().exists() {
            self.stored.results()?
        } else {
            let mut rows = Vec::new();
            for chunk in self.manifest().chunks() {
                rows.extend(self.stored.chunk(chunk)?);
            }
            self.store_results(&rows)?;
            rows
        };
        let chunks = self.stored.path.join(CHUNKS);
        absent(&chunks, fs::remove_dir_all(&chunks))?;
        let partial = self.stored.path.join(PARTIAL);
        absent(&partial, fs::remove_file(&partial))?;
        Ok(rows)
    }

    /// The rows that there are, in order, which are stored as a table of their own where there are more to come.
    pub(crate) fn partial_rows(&self) -> Result<Vec<Row>, SweepError> {
        if self.missing().is_empty() {
            return self.rows();
        }
        let chunks = self.stored.stored_chunks()?;
        let rows: Vec<Row> = chunks.into_iter().flat_map(|(_, rows)| rows).collect();
        let table = rows_file(&self.stored.layout, &rows)?;
        write_whole(&self.stored.path, PARTIAL, &table)?;
        Ok(rows)
    }

    /// Stores all rows as the table of the sweep.
    pub(crate) fn store_results(&self, rows: &[Row]) -> Result<(), SweepError> {
        write_whole(&self.stored.path, RESULTS, &rows_file(&self.stored.layout, rows)?)
    }

    /// The points of the study.
    pub const fn points(&self) -> &Points {
        &self.stored.points
    }
}

/// Whether there is a manifest; it has to be this one. Rows without one are nobody's.
fn check_manifest(path: &Path, manifest: &Manifest, repair: Repair) -> Result<bool, SweepError> {
    let stored = match read_manifest(path) {
        Err(SweepError::Damaged { .. }) if repair == Repair::Allowed => None,
        stored => stored?,
    };
    if let Some(other) = stored {
        return match manifest.difference(&other) {
            None => Ok(true),
            Some((what, found, expected)) => Err(SweepError::Other {
                path: path.to_owned(),
                what,
                found,
                expected,
            }),
        };
    }
    let has_chunks = fs::read_dir(path.join(CHUNKS)).is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|entry| entry.path().extension() == Some("parquet".as_ref())))
    });
    let found = if path.join(RESULTS).exists() {
        RESULTS
    } else if has_chunks {
        CHUNKS
    } else {
        return Ok(false);
    };
    if repair == Repair::Allowed {
        return Ok(false);
    }
    Err(SweepError::NoManifest {
        path: path.join(MANIFEST),
        found,
    })
}

/// Reads all rows that are there; a repair removes what holds no such rows.
fn check_rows(stored: &StoredSweep, repair: Repair) -> Result<(), SweepError> {
    let decide = |path: &Path, checked: Result<Vec<Row>, SweepError>| match checked {
        Err(SweepError::Damaged { .. }) if repair == Repair::Allowed => {
            fs::remove_file(path).map_err(SweepError::io(path))
        }
        checked => checked.map(drop),
    };
    let results = stored.results_path();
    if results.exists() {
        decide(&results, stored.results())?;
    }
    if results.exists() {
        // What lies beside it is no longer read.
        return Ok(());
    }
    for path in stored.strangers()? {
        decide(&path, Err(stored.stranger(&path)))?;
    }
    for chunk in stored.chunks_there() {
        decide(&stored.chunk_path(chunk), stored.chunk(chunk))?;
    }
    Ok(())
}

/// What was to be removed is gone, or was never there.
fn absent(path: &Path, removed: io::Result<()>) -> Result<(), SweepError> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(SweepError::io(path)(error)),
        _ => Ok(()),
    }
}

fn pretty(value: &impl serde::Serialize) -> Result<Vec<u8>, SweepError> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(text)
}
