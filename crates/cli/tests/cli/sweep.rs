//! `tilesim sweep`: killed and resumed, in shards, and what it says.

use std::{
    fs,
    path::Path,
    process::{Child, Stdio},
    thread,
    time::Duration,
};

use crate::support::{snapshot, tilesim};

/// A study of one small network; one group size is impossible, and one machine too small.
const STUDY: &str = r#"{
  "schema": "tilesim-study/1",
  "name": "small",
  "description": "A small network on small machines",
  "fixed": { "model": "mobilenet-v1", "resolution": 32, "machine.tiles": 64 },
  "axes": [
    { "key": "machine.tile_memory_bytes", "values": [80000, 638976] },
    { "key": "group_size", "values": [1, 8, 3] },
    { "key": "batch", "logarithmic": { "from": 1, "to": 4, "count": 3 } }
  ],
  "conditions": ["group_size <= 8 or batch == 4"],
  "metrics": ["time.images_per_second", "time.cycles", "memory.peak_bytes"],
  "objectives": [
    { "metric": "time.images_per_second", "goal": "maximise" },
    { "metric": "memory.peak_bytes", "goal": "minimise" }
  ],
  "within": ["group_size"]
}"#;

fn study(folder: &Path) -> String {
    let path = folder.join("study.json");
    fs::write(&path, STUDY).expect("written");
    path.display().to_string()
}

fn start(study: &str, out: &Path) -> Child {
    std::process::Command::new(env!("CARGO_BIN_EXE_tilesim"))
        .args(["sweep", study, "--quiet", "--out"])
        .arg(out)
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts")
}

fn results(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("results.parquet")).expect("a table")
}

#[test]
fn a_killed_sweep_goes_on_and_equals_one_that_ran_through() {
    let folder = tempfile::tempdir().expect("a folder");
    let study = study(folder.path());
    let through = folder.path().join("through");
    assert!(start(&study, &through).wait().expect("it ends").success());
    let killed = folder.path().join("killed");
    // Moments spread over the run, none of them the same in two runs of the test, as machines are.
    let mut milliseconds = 7;
    let mut kills = 0;
    loop {
        let mut child = start(&study, &killed);
        thread::sleep(Duration::from_millis(milliseconds));
        if child.try_wait().expect("a state").is_some() {
            break;
        }
        child.kill().expect("killed");
        child.wait().expect("it ends");
        kills += 1;
        milliseconds = milliseconds * 3 / 2 + 5;
    }
    assert!(kills > 2, "killed {kills} times");
    assert_eq!(results(&killed), results(&through));
}

#[test]
fn shards_merged_equal_one_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let study = study(folder.path());
    let whole = folder.path().join("whole");
    let output = tilesim(&[
        "sweep",
        &study,
        "-q",
        "--threads",
        "1",
        "--out",
        &whole.display().to_string(),
    ])
    .output()
    .expect("it runs");
    insta::assert_snapshot!("sweep", String::from_utf8_lossy(&output.stdout));
    let mut merge = vec!["sweep".to_owned(), "merge".to_owned()];
    for index in 1..=4 {
        let path = folder.path().join(format!("shard{index}")).display().to_string();
        let shard = format!("{index}/4");
        tilesim(&["sweep", &study, "-q", "--shard", &shard, "--out", &path])
            .assert()
            .stderr("");
        merge.push(path);
    }
    let merged = folder.path().join("merged");
    merge.extend(["--out".to_owned(), merged.display().to_string()]);
    let arguments: Vec<&str> = merge.iter().map(String::as_str).collect();
    let merged_output = tilesim(&arguments).output().expect("it runs");
    assert_eq!(merged_output.stdout, output.stdout);
    assert_eq!(results(&merged), results(&whole));
}

/// Weight updates: of one chip with a network of the study's, and of a system that names its own.
const TRAINING: &str = r#"{
  "name": "training",
  "description": "Micro-batches of a small network, and mistakes",
  "fixed": { "mode": "training" },
  "axes": [
    {
      "keys": ["system", "model", "resolution", "machine.tiles", "batch", "system.micro_batch", "label.guess"],
      "rows": [
        [null, "mobilenet-v1", 32, 64, 1, null, 1.5],
        [null, "mobilenet-v1", 32, 64, 2, null, 2.5],
        ["single", "mobilenet-v1", 32, 64, null, 2, 3.5],
        ["single", "mobilenet-v1", 32, 64, 2, null, 4.5],
        ["single", null, null, null, null, null, 5.5]
      ]
    }
  ],
  "metrics": ["theoretical.flops", "time.cycles"],
  "objectives": [{ "metric": "time.cycles", "goal": "minimise" }, { "metric": "label.guess", "goal": "minimise" }],
  "named_by": ["batch", "system.micro_batch"],
  "unfit": "included"
}"#;

#[test]
fn training_is_swept_like_inference() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("study.json");
    fs::write(&path, TRAINING).expect("written");
    let out = folder.path().join("out").display().to_string();
    let answer = snapshot(&format!("sweep {} -q --out {out}", path.display()));
    insta::assert_snapshot!("sweep_training", answer);
}

#[test]
fn mistakes() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out").display().to_string();
    for (name, text) in [
        ("sweep_unknown_study", "none".to_owned()),
        (
            "sweep_bad_field",
            r#"{"name": "x", "axes": [{"key": "batch"}]}"#.to_owned(),
        ),
        ("sweep_bad_json", r#"{"name": "x", "axes": 3}"#.to_owned()),
        (
            "sweep_bad_metric",
            STUDY.replace("\"time.cycles\"", "\"time.circles\""),
        ),
        (
            "sweep_no_points",
            STUDY.replace("batch == 4\"]", "batch == 4\", \"batch > 9\"]"),
        ),
    ] {
        let study = if text.starts_with('{') {
            let path = folder.path().join("study.json");
            fs::write(&path, text).expect("written");
            path.display().to_string()
        } else {
            text
        };
        let answer = snapshot(&format!("sweep {study} --out {out}"));
        insta::assert_snapshot!(
            name,
            answer.replace(&folder.path().display().to_string(), "FOLDER")
        );
    }
    insta::assert_snapshot!(
        "sweep_bad_shard",
        snapshot("sweep group-size --out x --shard 5/4")
    );
}
