//! Folders of sweeps: resumed, sharded, merged, refused.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use tilesim_study::{
    Evaluation, Layout, Manifest, Point, Row, Shard, Study, SweepError, SweepFolder, merge, summarise, sweep,
};

fn study() -> Study {
    let json = r#"{
        "name": "made-up",
        "axes": [
            {"key": "name", "values": ["a", "b", 3]},
            {"key": "flag", "values": [true, false]},
            {"key": "share", "values": [0.5, 1]},
            {"key": "count", "range": {"from": 1, "to": 100}}
        ],
        "metrics": ["speed", "sometimes"],
        "objectives": [{"metric": "speed", "goal": "maximise"}],
        "within": ["name"]
    }"#;
    Study::from_json(json, "study.json").expect("a study")
}

fn evaluate(point: &Point) -> Evaluation {
    match point.index % 7 {
        0 => Evaluation::Failed {
            reason: format!("point {} has none", point.index),
        },
        rest => Evaluation::Done {
            fits: rest != 1,
            metrics: vec![
                Some(1.0 / (1.0 + point.index as f64)),
                (rest > 3).then_some(rest as f64),
            ],
        },
    }
}

/// Rows of the sweep of a shard, and how many points were evaluated.
fn run(path: &Path, shard: Shard) -> Result<(Vec<Row>, u64), SweepError> {
    let study = study();
    let points = study.points()?;
    let manifest = Manifest::new(&study, &points, study.digest()?, shard);
    let folder = SweepFolder::open(path, &study, manifest)?;
    let layout = Layout::new(&study, &points)?;
    let evaluated = AtomicU64::new(0);
    let count = || {
        evaluated.fetch_add(1, Ordering::Relaxed);
    };
    sweep(&folder, &points, &layout, &evaluate, &count, &|| false)?;
    Ok((folder.rows(&points, &layout)?, evaluated.into_inner()))
}

fn expected() -> Vec<Row> {
    let points = study().points().expect("points");
    points
        .iter()
        .map(|point| Row {
            point: point.index,
            evaluation: evaluate(&point),
            values: point.values,
        })
        .collect()
}

fn results(path: &Path) -> Vec<u8> {
    fs::read(path.join("results.parquet")).expect("a table")
}

#[test]
fn a_sweep_is_done_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (rows, evaluated) = run(folder.path(), Shard::WHOLE).expect("a sweep");
    assert_eq!(rows, expected());
    assert_eq!(evaluated, 1200);
    let (again, evaluated) = run(folder.path(), Shard::WHOLE).expect("a sweep");
    assert_eq!(again, rows);
    assert_eq!(evaluated, 0);
    let mut left: Vec<_> = fs::read_dir(folder.path())
        .expect("there")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    left.sort();
    assert_eq!(left, [".lock", "manifest.json", "results.parquet", "study.json"]);
}

#[test]
fn what_is_stored_is_not_evaluated_again() {
    let whole = tempfile::tempdir().expect("a folder");
    run(whole.path(), Shard::WHOLE).expect("a sweep");
    let folder = tempfile::tempdir().expect("a folder");
    let study = study();
    let points = study.points().expect("points");
    let layout = Layout::new(&study, &points).expect("columns");
    {
        let manifest = Manifest::new(&study, &points, study.digest().expect("JSON"), Shard::WHOLE);
        let stopped = SweepFolder::open(folder.path(), &study, manifest).expect("a folder");
        assert!(matches!(
            run(folder.path(), Shard::WHOLE),
            Err(SweepError::Busy { .. })
        ));
        for chunk in [0, 3, 17] {
            let range = stopped.manifest().points_of(chunk);
            let rows = &expected()[range.start as usize..range.end as usize];
            stopped.store(&layout, chunk, rows).expect("stored");
        }
        // What a kill leaves.
        fs::write(folder.path().join("chunks/.tilesim-x"), "half").expect("written");
    }
    let (rows, evaluated) = run(folder.path(), Shard::WHOLE).expect("a sweep");
    assert_eq!(rows, expected());
    assert_eq!(evaluated, 1200 - 3 * 2);
    assert_eq!(results(folder.path()), results(whole.path()));
}

#[test]
fn shards_make_the_whole() {
    let whole = tempfile::tempdir().expect("a folder");
    run(whole.path(), Shard::WHOLE).expect("a sweep");
    let shards = tempfile::tempdir().expect("a folder");
    let mut folders = Vec::new();
    let mut points = 0;
    for index in [3, 1, 4, 2] {
        let path = shards.path().join(index.to_string());
        points += run(&path, Shard { index, count: 4 }).expect("a shard").1;
        folders.push(path);
    }
    assert_eq!(points, 1200);
    let merged = shards.path().join("merged");
    let (merged_study, rows) = merge(&folders, &merged).expect("a whole");
    assert_eq!(merged_study, study());
    assert_eq!(rows, expected());
    assert_eq!(results(&merged), results(whole.path()));
    // The merged folder is a complete sweep.
    assert_eq!(run(&merged, Shard::WHOLE).expect("a sweep").1, 0);

    let missing = merge(&folders[..3], &shards.path().join("no"));
    assert!(matches!(
        missing,
        Err(SweepError::MissingShard { missing: 2, count: 4 })
    ));
    let twice = merge(
        &[folders[0].clone(), folders[0].clone()],
        &shards.path().join("no"),
    );
    assert!(matches!(twice, Err(SweepError::Folder { .. })));
    let mixed = merge(
        &[folders[0].clone(), whole.path().to_owned()],
        &shards.path().join("no"),
    );
    assert!(matches!(mixed, Err(SweepError::Other { .. })));
}

#[test]
fn another_study_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    run(folder.path(), Shard::WHOLE).expect("a sweep");
    let other = Study {
        metrics: vec!["speed".to_owned()],
        ..study()
    };
    let points = other.points().expect("points");
    let manifest = Manifest::new(&other, &points, other.digest().expect("JSON"), Shard::WHOLE);
    let refused = SweepFolder::open(folder.path(), &other, manifest);
    assert!(
        matches!(
            refused,
            Err(SweepError::Other {
                what: "the digest",
                ..
            })
        ),
        "{refused:?}"
    );
}

#[test]
fn the_summary_names_winners_and_effects() {
    let (study, rows) = (study(), expected());
    let points = study.points().expect("points");
    let summary = summarise(&study, &points, &rows);
    assert_eq!(summary.points, 1200);
    assert_eq!(summary.done + summary.does_not_fit + summary.failed, 1200);
    assert_eq!(summary.failed, 172);
    // Three names, three races; the first point that fits is the fastest of each.
    let winners: Vec<u64> = summary.winners.iter().map(|winner| winner.point).collect();
    assert_eq!(winners, [2, 401, 800]);
    assert!(
        summary
            .winners
            .iter()
            .all(|winner| winner.over_next.is_some_and(|times| times > 1.0))
    );
    let counts = summary
        .effects
        .iter()
        .filter(|effect| effect.settings.contains_key("count"))
        .count();
    assert_eq!(counts, 100);
}
