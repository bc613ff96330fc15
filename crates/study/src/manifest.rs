//! What the folder of a sweep holds, in one file.

use serde::{Deserialize, Serialize};

use crate::{Digest, Points, Shard, Study};

/// Version of the manifest's format.
pub const MANIFEST_SCHEMA: &str = "tilesim-sweep/2";

/// Most points that are written at once: so many are evaluated again after a kill, for each thread.
const MAX_CHUNK_POINTS: u64 = 64;
/// About how many chunks a small study has, so that threads and shards share it evenly.
const CHUNKS: u64 = 512;

/// What the folder of a sweep holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format: `tilesim-sweep/2`.
    pub schema: String,
    /// Version of the program: another one may say something else.
    pub version: String,
    /// Name of the study.
    pub study: String,
    /// Digest of everything that the results depend on: the study, and all that is read for its points.
    pub digest: String,
    /// Digest of the study alone, which lies beside the manifest.
    pub study_digest: String,
    /// Points of the whole study.
    pub points: u64,
    /// Points of a chunk.
    pub chunk_points: u64,
    /// Which part of the study it is.
    pub shard: Shard,
}

impl Manifest {
    /// The manifest of a sweep; `digest` is of everything that the results depend on, the study included.
    ///
    /// # Errors
    /// Where the study cannot be written as JSON.
    pub fn new(
        study: &Study,
        points: &Points,
        digest: Digest,
        shard: Shard,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            schema: MANIFEST_SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            study: study.name.clone(),
            digest: digest.to_string(),
            study_digest: study.digest()?.to_string(),
            points: points.len(),
            chunk_points: (points.len() / CHUNKS).clamp(1, MAX_CHUNK_POINTS),
            shard,
        })
    }

    /// The first field in which another one differs, with its value there and here.
    pub(crate) fn difference(&self, other: &Self) -> Option<(&'static str, String, String)> {
        [
            ("the format", other.schema.clone(), self.schema.clone()),
            ("tilesim", other.version.clone(), self.version.clone()),
            ("the study", other.study.clone(), self.study.clone()),
            ("the digest", other.digest.clone(), self.digest.clone()),
            (
                "the digest of the study",
                other.study_digest.clone(),
                self.study_digest.clone(),
            ),
            (
                "the number of points",
                other.points.to_string(),
                self.points.to_string(),
            ),
            (
                "the points of a chunk",
                other.chunk_points.to_string(),
                self.chunk_points.to_string(),
            ),
            ("the shard", other.shard.to_string(), self.shard.to_string()),
        ]
        .into_iter()
        .find(|(_, there, here)| there != here)
    }

    /// Whether its numbers make sense together.
    pub(crate) const fn is_sound(&self) -> bool {
        self.chunk_points >= 1 && self.shard.index >= 1 && self.shard.index <= self.shard.count
    }

    /// Whether a chunk is one of the shard's.
    pub(crate) const fn holds(&self, chunk: u64) -> bool {
        chunk < self.points.div_ceil(self.chunk_points) && self.shard.holds(chunk)
    }

    /// Numbers of the shard's chunks.
    pub fn chunks(&self) -> impl Iterator<Item = u64> + use<> {
        let shard = self.shard;
        (0..self.points.div_ceil(self.chunk_points.max(1))).filter(move |&chunk| shard.holds(chunk))
    }

    /// Numbers of the points of a chunk.
    pub fn points_of(&self, chunk: u64) -> std::ops::Range<u64> {
        let first = chunk * self.chunk_points;
        first..(first + self.chunk_points).min(self.points)
    }

    /// Numbers of the points of the shard, in order.
    pub(crate) fn all_points(&self) -> impl Iterator<Item = u64> {
        self.chunks().flat_map(|chunk| self.points_of(chunk))
    }

    /// Points of the shard.
    pub fn shard_points(&self) -> u64 {
        self.chunks()
            .map(|chunk| {
                let points = self.points_of(chunk);
                points.end - points.start
            })
            .sum()
    }
}
