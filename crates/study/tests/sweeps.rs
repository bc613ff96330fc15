//! Folders of sweeps: resumed, sharded, merged, refused.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use tilesim_study::{
    Digest, Evaluation, Manifest, Point, Repair, Row, Shard, Study, SweepError, SweepFolder, merge,
    merge_partial, status, summarise, sweep,
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

fn manifest(shard: Shard) -> Result<Manifest, SweepError> {
    let study = study();
    Ok(Manifest::new(&study, &study.points()?, study.digest()?, shard)?)
}

/// Rows of the sweep of a shard, and how many points were evaluated.
fn run(path: &Path, shard: Shard) -> Result<(Vec<Row>, u64), SweepError> {
    finish(&SweepFolder::open(
        path,
        &study(),
        manifest(shard)?,
        Repair::Refused,
    )?)
}

/// As [`run`], but what is damaged is run again.
fn repair(path: &Path) -> Result<(Vec<Row>, u64), SweepError> {
    finish(&SweepFolder::open(
        path,
        &study(),
        manifest(Shard::WHOLE)?,
        Repair::Allowed,
    )?)
}

fn finish(folder: &SweepFolder) -> Result<(Vec<Row>, u64), SweepError> {
    let evaluated = AtomicU64::new(0);
    let count = || {
        evaluated.fetch_add(1, Ordering::Relaxed);
    };
    sweep(folder, &evaluate, &count, &|| false)?;
    Ok((folder.rows()?, evaluated.into_inner()))
}

/// A sweep that was stopped when these chunks of two or three points were done.
fn stopped(path: &Path, shard: Shard, chunks: &[u64]) {
    let folder =
        SweepFolder::open(path, &study(), manifest(shard).expect("JSON"), Repair::Refused).expect("a folder");
    for &chunk in chunks {
        let range = folder.manifest().points_of(chunk);
        let rows = &expected()[range.start as usize..range.end as usize];
        folder.store(chunk, rows).expect("stored");
    }
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
    stopped(folder.path(), Shard::WHOLE, &[0, 3, 17]);
    {
        let manifest = manifest(Shard::WHOLE).expect("JSON");
        let _open = SweepFolder::open(folder.path(), &study(), manifest, Repair::Refused).expect("a folder");
        assert!(matches!(
            run(folder.path(), Shard::WHOLE),
            Err(SweepError::Busy { .. })
        ));
    }
    // What a kill leaves.
    fs::write(folder.path().join("chunks/.tilesim-output-x"), "half").expect("written");
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
    let manifest = Manifest::new(&other, &points, other.digest().expect("JSON"), Shard::WHOLE).expect("JSON");
    let refused = SweepFolder::open(folder.path(), &other, manifest, Repair::Allowed);
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
fn rows_without_a_manifest_are_nobodys() {
    let folder = tempfile::tempdir().expect("a folder");
    stopped(folder.path(), Shard::WHOLE, &[0, 3]);
    fs::remove_file(folder.path().join("manifest.json")).expect("removed");
    let refused = run(folder.path(), Shard::WHOLE).expect_err("whose are they?");
    assert!(
        matches!(&refused, SweepError::NoManifest { found: "chunks", .. }),
        "{refused}"
    );
    assert!(refused.to_string().contains("--repair"), "{refused}");
    // Another study does not adopt them, not even with a repair.
    let other = Study {
        name: "other".to_owned(),
        ..study()
    };
    let of_other = Manifest::new(
        &other,
        &other.points().expect("points"),
        other.digest().expect("JSON"),
        Shard::WHOLE,
    );
    let refused = SweepFolder::open(folder.path(), &other, of_other.expect("JSON"), Repair::Allowed);
    assert!(
        matches!(&refused, Err(SweepError::Other { path, .. }) if path.ends_with("chunks/00000000.parquet")),
        "{refused:?}"
    );
    // Their own takes them back.
    let (rows, evaluated) = repair(folder.path()).expect("a sweep");
    assert_eq!((rows, evaluated), (expected(), 1200 - 2 * 2));

    fs::remove_file(folder.path().join("manifest.json")).expect("removed");
    let refused = run(folder.path(), Shard::WHOLE).expect_err("whose are they?");
    assert!(
        matches!(
            refused,
            SweepError::NoManifest {
                found: "results.parquet",
                ..
            }
        ),
        "{refused}"
    );
    assert_eq!(repair(folder.path()).expect("a sweep"), (expected(), 0));
}

#[test]
fn a_chunk_is_what_its_name_says() {
    let folder = tempfile::tempdir().expect("a folder");
    stopped(folder.path(), Shard::WHOLE, &[0, 3]);
    let chunk = |name: &str| folder.path().join("chunks").join(name);
    // A copy would double points 0 and 1 and lose 2 and 3.
    fs::copy(chunk("00000000.parquet"), chunk("00000001.parquet")).expect("copied");
    let refused = run(folder.path(), Shard::WHOLE).expect_err("a copy").to_string();
    assert!(
        refused.contains("chunks/00000001.parquet: holds point 0, where its name says 2"),
        "{refused}"
    );
    let (rows, evaluated) = repair(folder.path()).expect("a sweep");
    assert_eq!((rows, evaluated), (expected(), 1200 - 2 * 2));

    let folder = tempfile::tempdir().expect("a folder");
    stopped(folder.path(), Shard::WHOLE, &[0, 3]);
    let chunk = |name: &str| folder.path().join("chunks").join(name);
    for name in ["00000000 (1).parquet", "0.parquet", "00009999.parquet"] {
        fs::copy(chunk("00000000.parquet"), chunk(name)).expect("copied");
        let refused = run(folder.path(), Shard::WHOLE).expect_err("a copy").to_string();
        assert!(
            refused.contains(&format!("chunks/{name}: is no chunk of this shard by its name")),
            "{refused}"
        );
        fs::remove_file(chunk(name)).expect("removed");
    }
    fs::copy(chunk("00000000.parquet"), chunk("copy.parquet")).expect("copied");
    assert_eq!(repair(folder.path()).expect("a sweep").1, 1200 - 2 * 2);
}

#[test]
fn every_damaged_byte_of_a_chunk_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    stopped(folder.path(), Shard::WHOLE, &[0, 3]);
    let path = folder.path().join("chunks/00000003.parquet");
    let sound = fs::read(&path).expect("a chunk");
    for damaged in [&sound[..sound.len() / 2], &[], b"PAR1PAR1"] {
        fs::write(&path, damaged).expect("written");
        let refused = run(folder.path(), Shard::WHOLE).expect_err("damaged");
        assert!(
            matches!(&refused, SweepError::Damaged { path: named, .. } if *named == path),
            "{refused}"
        );
        assert!(refused.to_string().contains("--repair"), "{refused}");
    }
    for place in (0..sound.len()).step_by(13) {
        let mut damaged = sound.clone();
        damaged[place] ^= 0x10;
        fs::write(&path, &damaged).expect("written");
        // What changes no row, such as the name of the writer, is none of its harm.
        if let Err(refused) = SweepFolder::open(
            folder.path(),
            &study(),
            manifest(Shard::WHOLE).expect("JSON"),
            Repair::Refused,
        ) {
            assert!(
                refused.to_string().contains("00000003.parquet"),
                "{place}: {refused}"
            );
        } else {
            let seen = status(&[folder.path().to_owned()]).expect("a status");
            assert_eq!((seen.done, seen.failed, seen.damaged.len()), (2, 2, 0), "{place}");
        }
    }
    fs::write(&path, &sound[..9]).expect("written");
    let (rows, evaluated) = repair(folder.path()).expect("a sweep");
    assert_eq!((rows, evaluated), (expected(), 1200 - 2));
    // The table of all rows too.
    let table = folder.path().join("results.parquet");
    let sound = fs::read(&table).expect("a table");
    fs::write(&table, &sound[..99]).expect("written");
    let refused = run(folder.path(), Shard::WHOLE).expect_err("damaged");
    assert!(
        matches!(&refused, SweepError::Damaged { path, .. } if *path == table),
        "{refused}"
    );
    assert_eq!(repair(folder.path()).expect("a sweep"), (expected(), 1200));
    assert_eq!(results(folder.path()), sound);
}

#[test]
fn rows_of_other_files_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let study = study();
    let points = study.points().expect("points");
    let with = |text: &str| {
        let digest = Digest::default().with(text.as_bytes());
        Manifest::new(&study, &points, digest, Shard::WHOLE).expect("JSON")
    };
    let (before, after) = (with("a network"), with("another network"));
    finish(&SweepFolder::open(folder.path(), &study, before, Repair::Refused).expect("a folder"))
        .expect("a sweep");
    for repair in [Repair::Refused, Repair::Allowed] {
        let refused = SweepFolder::open(folder.path(), &study, after.clone(), repair);
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
    // Nor are they believed under another manifest.
    let text = serde_json::to_string(&after).expect("JSON");
    fs::write(folder.path().join("manifest.json"), text).expect("written");
    let refused = SweepFolder::open(folder.path(), &study, after, Repair::Allowed);
    assert!(
        matches!(
            refused,
            Err(SweepError::Other {
                what: "the digest of its rows",
                ..
            })
        ),
        "{refused:?}"
    );
    assert!(merge(&[folder.path().to_owned()], &folder.path().join("merged")).is_err());
}

#[test]
fn the_study_is_restored_or_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    run(folder.path(), Shard::WHOLE).expect("a sweep");
    let path = folder.path().join("study.json");
    let written = fs::read(&path).expect("a study");
    fs::remove_file(&path).expect("removed");
    let folders = [folder.path().to_owned()];
    let refused = merge(&folders, &folder.path().join("merged"))
        .expect_err("no study")
        .to_string();
    assert!(refused.contains("has no study.json"), "{refused}");
    run(folder.path(), Shard::WHOLE).expect("a sweep");
    assert_eq!(fs::read(&path).expect("restored"), written);

    let edited = String::from_utf8(written.clone())
        .expect("text")
        .replace("made-up", "edited");
    for damaged in [edited.as_bytes(), b"{", b"\xff"] {
        fs::write(&path, damaged).expect("written");
        let errors = [
            run(folder.path(), Shard::WHOLE).expect_err("another"),
            merge(&folders, &folder.path().join("merged")).expect_err("another"),
        ];
        for error in errors {
            assert!(
                matches!(&error, SweepError::Damaged { path: named, .. } if *named == path),
                "{error}"
            );
        }
    }
    assert_eq!(repair(folder.path()).expect("a sweep").1, 0);
    assert_eq!(fs::read(&path).expect("restored"), written);
}

#[test]
fn a_damaged_manifest_is_named_and_repaired() {
    let folder = tempfile::tempdir().expect("a folder");
    stopped(folder.path(), Shard::WHOLE, &[0, 3]);
    let path = folder.path().join("manifest.json");
    let written = fs::read_to_string(&path).expect("a manifest");
    for damaged in [
        "",
        "{}",
        &written.replace("\"index\": 1", "\"index\": 0"),
        &written.replace("\"shard\"", "\"sherd\""),
    ] {
        fs::write(&path, damaged).expect("written");
        let refused = run(folder.path(), Shard::WHOLE).expect_err("damaged");
        assert!(
            matches!(&refused, SweepError::Damaged { path: named, .. } if *named == path),
            "{refused}"
        );
    }
    assert_eq!(repair(folder.path()).expect("a sweep").1, 1200 - 2 * 2);
    assert_eq!(fs::read_to_string(&path).expect("a manifest"), written);
    fs::write(&path, written.replace("tilesim-sweep/2", "tilesim-sweep/1")).expect("written");
    let refused = repair(folder.path());
    assert!(
        matches!(
            refused,
            Err(SweepError::Other {
                what: "the format",
                ..
            })
        ),
        "{refused:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_instead_of_the_lock_is_not_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let elsewhere = folder.path().join("elsewhere");
    for contents in [None, Some("precious")] {
        if let Some(contents) = contents {
            fs::write(&elsewhere, contents).expect("written");
        }
        let sweep = folder.path().join(format!("sweep-{}", contents.is_some()));
        fs::create_dir(&sweep).expect("made");
        std::os::unix::fs::symlink(&elsewhere, sweep.join(".lock")).expect("linked");
        let refused = run(&sweep, Shard::WHOLE);
        assert!(
            matches!(&refused, Err(SweepError::NoFile { path, .. }) if path.ends_with(".lock")),
            "{refused:?}"
        );
        assert_eq!(fs::read_to_string(&elsewhere).ok().as_deref(), contents);
    }
    // A lock of an earlier process is no obstacle, and keeps what is in it.
    fs::write(folder.path().join(".lock"), "").expect("written");
    run(folder.path(), Shard::WHOLE).expect("a sweep");
}

#[test]
fn shards_that_are_not_complete_are_merged_as_far_as_they_are() {
    let whole = tempfile::tempdir().expect("a folder");
    run(whole.path(), Shard::WHOLE).expect("a sweep");
    let shards = tempfile::tempdir().expect("a folder");
    let path = |index: u64| shards.path().join(index.to_string());
    let shard = |index| Shard { index, count: 3 };
    run(&path(1), shard(1)).expect("a shard");
    stopped(&path(2), shard(2), &[1, 4]);
    let out = shards.path().join("out");
    assert!(matches!(
        merge(&[path(1), path(2)], &out),
        Err(SweepError::Folder { .. })
    ));
    let (_, rows) = merge_partial(&[path(1), path(2)], &out).expect("what there is");
    assert_eq!(rows.len(), 400 + 2 * 2);
    assert!(rows.is_sorted_by_key(|row| row.point));
    assert_eq!(rows[0], expected()[0]);
    assert!(out.join("partial.parquet").exists() && !out.join("results.parquet").exists());

    let seen = status(&[path(1), path(2)]).expect("a status");
    assert_eq!(
        (seen.points, seen.done + seen.failed, seen.missing),
        (1200, 404, 796)
    );
    assert_eq!(seen.missing_shards, [3]);
    assert_eq!(seen.seconds_left, None);
    assert_eq!((seen.shards[0].missing, seen.shards[1].missing), (0, 396));
    assert_eq!(seen.shards[0].seconds_left, Some(0.0));

    // More of it later; at last it is the whole, whether merged or run on there.
    run(&path(2), shard(2)).expect("a shard");
    assert_eq!(merge_partial(&[path(2)], &out).expect("more").1.len(), 800);
    let (rows, evaluated) = run(&out, Shard::WHOLE).expect("a sweep");
    assert_eq!((rows, evaluated), (expected(), 400));
    assert_eq!(results(&out), results(whole.path()));
    assert!(!out.join("partial.parquet").exists());
    let again = shards.path().join("again");
    merge_partial(&[path(1)], &again).expect("a third");
    run(&path(3), shard(3)).expect("a shard");
    merge(&[path(1), path(2), path(3)], &again).expect("all");
    assert_eq!(results(&again), results(whole.path()));
    assert!(!again.join("partial.parquet").exists() && !again.join("chunks").exists());
    let seen = status(&[path(1), path(2), path(3)]).expect("a status");
    assert_eq!(
        (seen.missing, seen.failed, seen.seconds_left),
        (0, 172, Some(0.0))
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
