//! Shards become one table.

use std::path::{Path, PathBuf};

use crate::{
    Layout, Manifest, Row, Shard, Study, SweepError,
    folder::{SweepFolder, read_complete},
};

/// Writes the rows of all shards of a study as the complete sweep in `out`; hands back the study with its rows.
///
/// # Errors
/// Where a folder holds no complete sweep, or together they are not all shards of one.
pub fn merge(folders: &[PathBuf], out: &Path) -> Result<(Study, Vec<Row>), SweepError> {
    let mut first: Option<(Study, Manifest)> = None;
    let mut shards = Vec::new();
    let mut all = Vec::new();
    for path in folders {
        let (study, manifest, rows) = read_complete(path)?;
        let (_, expected) = first.get_or_insert_with(|| (study, manifest.clone()));
        let of_shard = Manifest {
            shard: manifest.shard,
            ..expected.clone()
        };
        let difference = of_shard.difference(&manifest);
        let counts = (manifest.shard.count.to_string(), expected.shard.count.to_string());
        let count = (counts.0 != counts.1).then_some(("the number of shards", counts.0, counts.1));
        if let Some((what, found, expected)) = difference.or(count) {
            return Err(SweepError::Other {
                path: path.clone(),
                what,
                found,
                expected,
            });
        }
        if shards.contains(&manifest.shard.index) {
            return Err(SweepError::Folder {
                path: path.clone(),
                reason: format!("shard {} is there twice", manifest.shard),
            });
        }
        shards.push(manifest.shard.index);
        all.extend(rows);
    }
    let Some((study, manifest)) = first else {
        return Err(SweepError::MissingShard { missing: 1, count: 1 });
    };
    let count = manifest.shard.count;
    if let Some(missing) = (1..=count).find(|index| !shards.contains(index)) {
        return Err(SweepError::MissingShard { missing, count });
    }
    all.sort_by_key(|row| row.point);
    let whole = Manifest {
        shard: Shard::WHOLE,
        ..manifest
    };
    let layout = Layout::new(&study, &study.points()?)?;
    let folder = SweepFolder::open(out, &study, whole)?;
    folder.store_results(&layout, &all)?;
    Ok((study, all))
}
