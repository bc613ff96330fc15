//! Shards become one table.

use std::path::{Path, PathBuf};

use crate::{
    Manifest, Repair, Row, Shard, Study, SweepError,
    folder::{StoredSweep, SweepFolder},
};

/// Writes the rows of all shards of a study as the complete sweep in `out`; hands back the study with its rows.
///
/// # Errors
/// Where a folder holds no complete sweep, or together they are not all shards of one.
pub fn merge(folders: &[PathBuf], out: &Path) -> Result<(Study, Vec<Row>), SweepError> {
    let shards = shards(folders)?;
    let mut all = Vec::new();
    for shard in &shards {
        if !shard.results_path().exists() {
            return Err(SweepError::Folder {
                path: shard.path.clone(),
                reason: "the sweep is not complete; `--partial` joins what is there".to_owned(),
            });
        }
        all.extend(shard.results()?);
    }
    let (study, whole) = whole(&shards)?;
    let count = shards[0].manifest.shard.count;
    let is_there = |index: &u64| shards.iter().any(|shard| shard.manifest.shard.index == *index);
    if let Some(missing) = (1..=count).find(|index| !is_there(index)) {
        return Err(SweepError::MissingShard { missing, count });
    }
    all.sort_by_key(|row| row.point);
    let folder = SweepFolder::open(out, &study, whole, Repair::Refused)?;
    folder.store_results(&all)?;
    // Chunks of an earlier partial merge go.
    Ok((study, folder.rows()?))
}

/// Writes the rows that shards of a study have by now into `out`, as chunks of a sweep that may go on there, and as one table for
/// whoever wants to look at them; hands back the study with the rows that are there.
///
/// # Errors
/// Where a folder holds no sweep, or they are not shards of one.
pub fn merge_partial(folders: &[PathBuf], out: &Path) -> Result<(Study, Vec<Row>), SweepError> {
    let shards = shards(folders)?;
    let (study, whole) = whole(&shards)?;
    let folder = SweepFolder::open(out, &study, whole, Repair::Refused)?;
    let missing = folder.missing();
    for shard in &shards {
        for (chunk, rows) in shard.stored_chunks()? {
            if missing.binary_search(&chunk).is_ok() {
                folder.store(chunk, &rows)?;
            }
        }
    }
    Ok((study, folder.partial_rows()?))
}

/// The shards of one sweep in these folders.
pub(crate) fn shards(folders: &[PathBuf]) -> Result<Vec<StoredSweep>, SweepError> {
    let mut shards: Vec<StoredSweep> = Vec::new();
    for path in folders {
        let shard = StoredSweep::read(path)?;
        let manifest = &shard.manifest;
        if let Some(first) = shards.first() {
            let expected = &first.manifest;
            let of_shard = Manifest {
                shard: manifest.shard,
                ..expected.clone()
            };
            let counts = (manifest.shard.count.to_string(), expected.shard.count.to_string());
            let count = (counts.0 != counts.1).then_some(("the number of shards", counts.0, counts.1));
            if let Some((what, found, expected)) = of_shard.difference(manifest).or(count) {
                return Err(SweepError::Other {
                    path: path.clone(),
                    what,
                    found,
                    expected,
                });
            }
        }
        if shards.iter().any(|other| other.manifest.shard == manifest.shard) {
            return Err(SweepError::Folder {
                path: path.clone(),
                reason: format!("shard {} is there twice", manifest.shard),
            });
        }
        shards.push(shard);
    }
    Ok(shards)
}

/// The study of shards, and the manifest of the whole.
fn whole(shards: &[StoredSweep]) -> Result<(Study, Manifest), SweepError> {
    let first = shards
        .first()
        .ok_or(SweepError::MissingShard { missing: 1, count: 1 })?;
    let whole = Manifest {
        shard: Shard::WHOLE,
        ..first.manifest.clone()
    };
    Ok((first.study.clone(), whole))
}
