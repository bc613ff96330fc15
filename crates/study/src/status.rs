//! How far a sweep is, over all its shards, while others work on it.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use schemars::JsonSchema;
use serde::Serialize;

use crate::{Evaluation, Row, SweepError, folder::StoredSweep, merge::shards};

/// Version of the format of a status.
pub const STATUS_SCHEMA: &str = "tilesim-sweep-status/1";

/// Chunks from whose times the rate follows: the latest, so that a pause long ago does not count.
const LATEST: usize = 64;

/// How far a sweep is.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SweepStatus {
    /// Version of this format.
    pub schema: &'static str,
    /// Name of the study.
    pub study: String,
    /// Points of the whole study.
    pub points: u64,
    /// Points that have a result, whether it fits or not.
    pub done: u64,
    /// Points without a result, whose rows say why.
    pub failed: u64,
    /// Points that have no row yet, those of shards that are not looked at included.
    pub missing: u64,
    /// Points a second of all shards that are not complete; nothing where that cannot be told of one of them.
    pub points_per_second: Option<f64>,
    /// Seconds until the last shard is done, if all run at their rates; nothing where one is not known.
    pub seconds_left: Option<f64>,
    /// What cannot be read, and why.
    pub damaged: Vec<String>,
    /// Numbers of the shards that are not looked at, from 1.
    pub missing_shards: Vec<u64>,
    /// The shards, in the order of their folders.
    pub shards: Vec<ShardStatus>,
}

/// How far a shard is.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ShardStatus {
    /// Its folder.
    pub folder: PathBuf,
    /// Which it is, such as `2/4`.
    pub shard: String,
    /// Its points.
    pub points: u64,
    /// Points that have a result.
    pub done: u64,
    /// Points without a result.
    pub failed: u64,
    /// Points that have no row yet.
    pub missing: u64,
    /// Points a second, by when its latest chunks were written; nothing before two of them, and once it is complete.
    pub points_per_second: Option<f64>,
    /// Seconds until it is done at that rate.
    pub seconds_left: Option<f64>,
}

/// How far the sweep is whose shards lie in these folders. Nothing is written, and nobody who works there is disturbed.
///
/// # Errors
/// Where a folder holds no sweep, or they are not shards of one.
pub fn status(folders: &[PathBuf]) -> Result<SweepStatus, SweepError> {
    let stored = shards(folders)?;
    let Some(first) = stored.first() else {
        return Err(SweepError::MissingShard { missing: 1, count: 1 });
    };
    let mut damaged = Vec::new();
    let shards = stored
        .iter()
        .map(|shard| of_shard(shard, &mut damaged))
        .collect::<Result<Vec<ShardStatus>, SweepError>>()?;
    let points = first.manifest.points;
    let sum = |of: fn(&ShardStatus) -> u64| shards.iter().map(of).sum::<u64>();
    let (done, failed) = (sum(|shard| shard.done), sum(|shard| shard.failed));
    let missing_shards: Vec<u64> = (1..=first.manifest.shard.count)
        .filter(|index| stored.iter().all(|shard| shard.manifest.shard.index != *index))
        .collect();
    let running = || shards.iter().filter(|shard| shard.missing > 0);
    let points_per_second: Option<f64> = running().map(|shard| shard.points_per_second).sum();
    let seconds_left = running()
        .map(|shard| shard.seconds_left)
        .try_fold(0.0, |most: f64, seconds| Some(most.max(seconds?)))
        .filter(|_| missing_shards.is_empty());
    Ok(SweepStatus {
        schema: STATUS_SCHEMA,
        study: first.study.name.clone(),
        points,
        done,
        failed,
        missing: points - done - failed,
        points_per_second: points_per_second.filter(|_| missing_shards.is_empty()),
        seconds_left,
        damaged,
        missing_shards,
        shards,
    })
}

fn of_shard(shard: &StoredSweep, damaged: &mut Vec<String>) -> Result<ShardStatus, SweepError> {
    let (mut done, mut failed) = (0, 0);
    let mut count = |rows: &[Row]| {
        for row in rows {
            match row.evaluation {
                Evaluation::Done { .. } => done += 1,
                Evaluation::Failed { .. } => failed += 1,
            }
        }
    };
    let mut written = Vec::new();
    if shard.results_path().exists() {
        seen(shard.results(), damaged)?
            .iter()
            .for_each(|rows| count(rows));
    } else {
        for chunk in shard.chunks_there().collect::<Vec<_>>() {
            // Becomes part of the table while this is read: the next look sees it there.
            let Some(rows) = seen(shard.chunk(chunk), damaged)? else {
                continue;
            };
            count(&rows);
            if let Ok(modified) = fs::metadata(shard.chunk_path(chunk)).and_then(|file| file.modified()) {
                written.push((modified, rows.len() as u64));
            }
        }
    }
    let points = shard.manifest.shard_points();
    let missing = points - done - failed;
    let points_per_second = rate(written).filter(|_| missing > 0);
    Ok(ShardStatus {
        folder: shard.path.clone(),
        shard: shard.manifest.shard.to_string(),
        points,
        done,
        failed,
        missing,
        points_per_second,
        seconds_left: if missing == 0 {
            Some(0.0)
        } else {
            points_per_second.map(|rate| missing as f64 / rate)
        },
    })
}

/// The rows, unless their file is damaged, which is noted, or gone.
fn seen(
    rows: Result<Vec<Row>, SweepError>,
    damaged: &mut Vec<String>,
) -> Result<Option<Vec<Row>>, SweepError> {
    match rows {
        Ok(rows) => Ok(Some(rows)),
        Err(error @ (SweepError::Damaged { .. } | SweepError::Other { .. })) => {
            damaged.push(error.to_string());
            Ok(None)
        }
        Err(SweepError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Points a second, of when the latest chunks were written and how many points each has.
fn rate(mut written: Vec<(SystemTime, u64)>) -> Option<f64> {
    written.sort_unstable();
    let latest = &written[written.len().saturating_sub(LATEST)..];
    let ((first, _), (last, _)) = (latest.first()?, latest.last()?);
    let elapsed = last
        .duration_since(*first)
        .ok()
        .filter(|&time| time > Duration::ZERO)?;
    // Those of the first were done before.
    let points: u64 = latest[1..].iter().map(|(_, points)| points).sum();
    Some(points as f64 / elapsed.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_latest_chunks() {
        let at = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(rate(Vec::new()), None);
        assert_eq!(rate(vec![(at(5), 8)]), None);
        assert_eq!(rate(vec![(at(5), 8), (at(5), 8)]), None);
        assert_eq!(rate(vec![(at(9), 8), (at(5), 4), (at(7), 8)]), Some(4.0));
        let paused = (0..100).map(|chunk| (at(if chunk < 30 { chunk } else { 1_000_000 + 2 * chunk }), 10));
        assert_eq!(rate(paused.collect()), Some(5.0));
    }
}
