//! What lies in the folder of a sweep, and whether it is what it should be. Nothing is written.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    Digest, Layout, MANIFEST_SCHEMA, Manifest, Points, Row, Study, SweepError,
    rows_file::{RowsError, read_rows},
};

pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const STUDY: &str = "study.json";
pub(super) const CHUNKS: &str = "chunks";
/// What there is of a sweep that is not complete, as one table.
pub(super) const PARTIAL: &str = "partial.parquet";
pub(super) const RESULTS: &str = "results.parquet";

/// The files of a sweep in a folder.
#[derive(Debug, Clone)]
pub(crate) struct StoredSweep {
    pub(crate) path: PathBuf,
    pub(crate) study: Study,
    pub(crate) manifest: Manifest,
    pub(crate) points: Points,
    pub(crate) layout: Layout,
}

impl StoredSweep {
    /// What lies in a folder, whoever works there.
    pub(crate) fn read(path: &Path) -> Result<Self, SweepError> {
        let lacks = |name| SweepError::Folder {
            path: path.to_owned(),
            reason: format!("has no {name}; running the sweep there again makes one"),
        };
        let manifest = read_manifest(path)?.ok_or_else(|| lacks(MANIFEST))?;
        let study = read_study(path, &manifest)?.ok_or_else(|| lacks(STUDY))?;
        let points = study.points()?;
        // Its numbers follow from the study.
        let expected = Manifest {
            version: manifest.version.clone(),
            digest: manifest.digest.clone(),
            ..Manifest::new(&study, &points, Digest::default(), manifest.shard)?
        };
        if let Some((what, found, expected)) = expected.difference(&manifest) {
            return Err(SweepError::Other {
                path: path.to_owned(),
                what,
                found,
                expected,
            });
        }
        Self::new(path, &study, points, manifest)
    }

    pub(super) fn new(
        path: &Path,
        study: &Study,
        points: Points,
        manifest: Manifest,
    ) -> Result<Self, SweepError> {
        Ok(Self {
            path: path.to_owned(),
            layout: Layout::new(study, &points, &manifest)?,
            study: study.clone(),
            points,
            manifest,
        })
    }

    /// The file of a chunk.
    pub(crate) fn chunk_path(&self, chunk: u64) -> PathBuf {
        self.path.join(CHUNKS).join(chunk_name(chunk))
    }

    /// The file of all rows.
    pub(crate) fn results_path(&self) -> PathBuf {
        self.path.join(RESULTS)
    }

    /// The rows of a chunk: those of its points and no others.
    pub(crate) fn chunk(&self, chunk: u64) -> Result<Vec<Row>, SweepError> {
        self.rows_at(&self.chunk_path(chunk), self.manifest.points_of(chunk))
    }

    /// The rows of the complete sweep.
    pub(crate) fn results(&self) -> Result<Vec<Row>, SweepError> {
        self.rows_at(&self.results_path(), self.manifest.all_points())
    }

    /// The rows of a file, which has to be of this sweep and of exactly these points.
    fn rows_at(&self, path: &Path, mut expected: impl Iterator<Item = u64>) -> Result<Vec<Row>, SweepError> {
        let (file, _) = tilesim_files::open(path).map_err(SweepError::io(path))?;
        let rows = read_rows(&self.points, &self.layout, file).map_err(|wrong| at(path, wrong))?;
        for row in &rows {
            let point = expected.next();
            if point != Some(row.point) {
                return Err(damaged(
                    path,
                    format!(
                        "holds point {}, where its name says {}",
                        row.point,
                        point.map_or_else(|| "none".to_owned(), |point| point.to_string())
                    ),
                ));
            }
        }
        match expected.next() {
            Some(point) => Err(damaged(path, format!("lacks point {point}"))),
            None => Ok(rows),
        }
    }

    /// Numbers of the chunks that there are, in order.
    pub(crate) fn chunks_there(&self) -> impl Iterator<Item = u64> {
        let chunks = self.manifest.chunks();
        chunks.filter(|&chunk| self.chunk_path(chunk).exists())
    }

    /// The chunks that are stored, whether as files of their own or as parts of the table, with their rows.
    pub(crate) fn stored_chunks(&self) -> Result<Vec<(u64, Vec<Row>)>, SweepError> {
        if !self.results_path().exists() {
            let chunks = self
                .chunks_there()
                .map(|chunk| Ok((chunk, self.chunk(chunk)?)))
                .collect();
            match chunks {
                // Became part of the table in the meantime.
                Err(SweepError::Io { ref source, .. })
                    if source.kind() == io::ErrorKind::NotFound && self.results_path().exists() => {}
                chunks => return chunks,
            }
        }
        let mut rows = self.results()?.into_iter();
        let cut = |chunk| {
            let points = self.manifest.points_of(chunk);
            let count = (points.end - points.start) as usize;
            (chunk, rows.by_ref().take(count).collect())
        };
        Ok(self.manifest.chunks().map(cut).collect())
    }

    /// What is wrong with a file that is none of the chunks by its name.
    pub(super) fn stranger(&self, path: &Path) -> SweepError {
        match tilesim_files::open(path).map(|(file, _)| read_rows(&self.points, &self.layout, file)) {
            Err(source) => SweepError::io(path)(source),
            Ok(Err(wrong @ RowsError::Other { .. })) => at(path, wrong),
            Ok(_) => SweepError::Damaged {
                path: path.to_owned(),
                reason: "is no chunk of this shard by its name".to_owned(),
                expected: "chunks under the names that they were written under",
                remedy: "removes it",
            },
        }
    }

    /// Files among the chunks that are of none of the sweep's: copies under other names, chunks of other shards.
    pub(crate) fn strangers(&self) -> Result<Vec<PathBuf>, SweepError> {
        let folder = self.path.join(CHUNKS);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(SweepError::io(&folder))?,
        };
        let mut strangers = Vec::new();
        for entry in entries {
            let entry = entry.map_err(SweepError::io(&folder))?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            // What begins with a dot is the system's, or not complete.
            let Some(number) = name.strip_suffix(EXTENSION).filter(|name| !name.starts_with('.')) else {
                continue;
            };
            let is_chunk = |chunk| chunk_name(chunk) == *name && self.manifest.holds(chunk);
            if !number.parse().is_ok_and(is_chunk) {
                strangers.push(entry.path());
            }
        }
        strangers.sort();
        Ok(strangers)
    }
}

/// The error of a file whose points a repair runs again.
pub(super) fn damaged(path: &Path, reason: String) -> SweepError {
    SweepError::Damaged {
        path: path.to_owned(),
        reason,
        expected: "rows of this sweep, as they were written",
        remedy: "runs its points again",
    }
}

/// What is wrong with the rows of a file.
fn at(path: &Path, wrong: RowsError) -> SweepError {
    match wrong {
        RowsError::Unreadable(reason) => damaged(path, reason),
        RowsError::Other { found, expected } => SweepError::Other {
            path: path.to_owned(),
            what: "the digest of its rows",
            found,
            expected,
        },
    }
}

/// The manifest of a folder; nothing where there is none.
pub(super) fn read_manifest(path: &Path) -> Result<Option<Manifest>, SweepError> {
    let stored = path.join(MANIFEST);
    let Some(text) = text(&stored)? else {
        return Ok(None);
    };
    let wrong = |reason: String| SweepError::Damaged {
        path: stored.clone(),
        reason,
        expected: "the manifest of a sweep",
        remedy: "writes it anew",
    };
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    match value.get("schema").and_then(serde_json::Value::as_str) {
        Some(MANIFEST_SCHEMA) => {}
        Some(other) => {
            return Err(SweepError::Other {
                path: path.to_owned(),
                what: "the format",
                found: other.to_owned(),
                expected: MANIFEST_SCHEMA.to_owned(),
            });
        }
        None => return Err(wrong("says no format".to_owned())),
    }
    let manifest: Manifest = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
    if manifest.is_sound() {
        Ok(Some(manifest))
    } else {
        Err(wrong("has no such shard, or chunks without points".to_owned()))
    }
}

/// The study of a folder, which has to be that of the manifest; nothing where there is none.
pub(super) fn read_study(path: &Path, manifest: &Manifest) -> Result<Option<Study>, SweepError> {
    let stored = path.join(STUDY);
    let Some(text) = text(&stored)? else {
        return Ok(None);
    };
    let wrong = |reason: String| SweepError::Damaged {
        path: stored.clone(),
        reason,
        expected: "the study of the sweep",
        remedy: "writes it anew",
    };
    let study =
        Study::from_json(&text, &stored.display().to_string()).map_err(|error| wrong(error.to_string()))?;
    let digest = study.digest()?.to_string();
    if digest != manifest.study_digest {
        return Err(wrong(format!(
            "is not the study that was run: its digest is {digest}, that of the manifest {}",
            manifest.study_digest
        )));
    }
    Ok(Some(study))
}

/// The text of a file; nothing where there is none.
fn text(path: &Path) -> Result<Option<String>, SweepError> {
    match tilesim_files::read_text(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        // Bytes that are no text: for whoever reads on to say what is wrong.
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(Some(String::new())),
        Err(error) => Err(SweepError::io(path)(error)),
    }
}

const EXTENSION: &str = ".parquet";

pub(super) fn chunk_name(chunk: u64) -> String {
    format!("{chunk:08}{EXTENSION}")
}
