//! The folder of a sweep: what is done stays done, whenever the sweep is killed.
//!
//! A chunk of points is a file that appears whole or not at all. When all are there, they become one table and go.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::Builder;

use crate::{Layout, Manifest, Points, Row, Study, SweepError, read_rows, rows_file};

const MANIFEST: &str = "manifest.json";
const STUDY: &str = "study.json";
const LOCK: &str = ".lock";
const CHUNKS: &str = "chunks";
const RESULTS: &str = "results.parquet";
/// How names of files begin that are not complete.
const TEMPORARY: &str = ".tilesim-";

/// An open folder of a sweep. No other process works in it meanwhile.
#[derive(Debug)]
pub struct SweepFolder {
    path: PathBuf,
    manifest: Manifest,
    /// Held until the process ends, however it ends.
    _lock: File,
}

impl SweepFolder {
    /// The folder at `path`, made where it does not exist, for the sweep that `manifest` describes.
    ///
    /// # Errors
    /// Where it holds another sweep, another process works in it, or it cannot be written.
    pub fn open(path: &Path, study: &Study, manifest: Manifest) -> Result<Self, SweepError> {
        let chunks = path.join(CHUNKS);
        fs::create_dir_all(path).map_err(io_error(path))?;
        let lock = lock(path)?;
        let stored = path.join(MANIFEST);
        if stored.exists() {
            let other = read_manifest(path)?;
            if let Some((what, found, expected)) = manifest.difference(&other) {
                return Err(SweepError::Other {
                    path: path.to_owned(),
                    what,
                    found,
                    expected,
                });
            }
        }
        for folder in [path, &chunks] {
            remove_incomplete(folder)?;
        }
        fs::create_dir_all(&chunks).map_err(io_error(&chunks))?;
        if !stored.exists() {
            // The manifest last: where it is, the folder is complete.
            write_whole(path, STUDY, &pretty(study)?)?;
            write_whole(path, MANIFEST, &pretty(&manifest)?)?;
        }
        Ok(Self {
            path: path.to_owned(),
            manifest,
            _lock: lock,
        })
    }

    /// What it holds.
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Chunks that are still to be done, in order.
    pub fn missing(&self) -> Vec<u64> {
        if self.path.join(RESULTS).exists() {
            return Vec::new();
        }
        self.manifest
            .chunks()
            .filter(|&chunk| !self.chunk_path(chunk).exists())
            .collect()
    }

    /// Stores the rows of a chunk.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn store(&self, layout: &Layout, chunk: u64, rows: &[Row]) -> Result<(), SweepError> {
        write_whole(
            &self.path.join(CHUNKS),
            &chunk_name(chunk),
            &rows_file(layout, rows)?,
        )
    }

    /// The rows of a complete sweep, in order; the first time, chunks become one table.
    ///
    /// # Errors
    /// Where chunks are missing or files cannot be read or written.
    pub fn rows(&self, points: &Points, layout: &Layout) -> Result<Vec<Row>, SweepError> {
        let rows = if self.path.join(RESULTS).exists() {
            read(points, &self.path.join(RESULTS))?
        } else {
            let mut rows = Vec::new();
            for chunk in self.manifest.chunks() {
                rows.extend(read(points, &self.chunk_path(chunk))?);
            }
            self.store_results(layout, &rows)?;
            rows
        };
        let chunks = self.path.join(CHUNKS);
        match fs::remove_dir_all(&chunks) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(&chunks)(error)),
            _ => Ok(rows),
        }
    }

    /// Stores all rows as the table of the sweep.
    pub(crate) fn store_results(&self, layout: &Layout, rows: &[Row]) -> Result<(), SweepError> {
        write_whole(&self.path, RESULTS, &rows_file(layout, rows)?)
    }

    fn chunk_path(&self, chunk: u64) -> PathBuf {
        self.path.join(CHUNKS).join(chunk_name(chunk))
    }
}

/// The study, the manifest and the rows of a folder whose sweep is complete.
pub(crate) fn read_complete(path: &Path) -> Result<(Study, Manifest, Vec<Row>), SweepError> {
    let manifest = read_manifest(path)?;
    let stored = path.join(STUDY);
    let text = fs::read_to_string(&stored).map_err(io_error(&stored))?;
    let study = Study::from_json(&text, &stored.display().to_string())?;
    let points = study.points()?;
    let results = path.join(RESULTS);
    if !results.exists() {
        return Err(SweepError::Folder {
            path: path.to_owned(),
            reason: "the sweep is not complete".to_owned(),
        });
    }
    let rows = read(&points, &results)?;
    Ok((study, manifest, rows))
}

fn read_manifest(path: &Path) -> Result<Manifest, SweepError> {
    let stored = path.join(MANIFEST);
    let text = fs::read_to_string(&stored).map_err(io_error(&stored))?;
    serde_json::from_str(&text).map_err(|error| SweepError::Folder {
        path: stored,
        reason: error.to_string(),
    })
}

fn read(points: &Points, path: &Path) -> Result<Vec<Row>, SweepError> {
    read_rows(points, File::open(path).map_err(io_error(path))?)
}

fn chunk_name(chunk: u64) -> String {
    format!("{chunk:08}.parquet")
}

fn lock(path: &Path) -> Result<File, SweepError> {
    let place = path.join(LOCK);
    let file = File::create(&place).map_err(io_error(&place))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(SweepError::Busy {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(SweepError::Io { path: place, source }),
    }
}

/// Removes what a killed sweep was writing.
fn remove_incomplete(folder: &Path) -> Result<(), SweepError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(io_error(folder))?,
    };
    for entry in entries {
        let entry = entry.map_err(io_error(folder))?;
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            fs::remove_file(entry.path()).map_err(io_error(&entry.path()))?;
        }
    }
    Ok(())
}

/// Writes a file that appears whole or not at all, and stays even where the machine stops the moment after.
fn write_whole(folder: &Path, name: &str, contents: &[u8]) -> Result<(), SweepError> {
    let path = folder.join(name);
    let mut builder = Builder::new();
    builder.prefix(TEMPORARY);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any other new file, not the owner's alone; the user's mask applies.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(io_error(folder))?;
    file.write_all(contents)
        .and_then(|()| file.as_file().sync_all())
        .map_err(io_error(&path))?;
    file.persist(&path)
        .map_err(|error| io_error(&path)(error.error))?;
    // The name is part of the folder, which has to reach the disk too.
    #[cfg(unix)]
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(io_error(folder))?;
    Ok(())
}

fn pretty(value: &impl serde::Serialize) -> Result<Vec<u8>, SweepError> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(text)
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> SweepError {
    let path = path.to_owned();
    move |source| SweepError::Io { path, source }
}
