//! `tilesim sweep`: killed and resumed, in shards, and what it says.
#![allow(clippy::print_stdout)]

use std::{
    fs,
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Instant, SystemTime, UNIX_EPOCH},
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

/// How often the sweep is killed.
const ROUNDS: u32 = 8;

/// Pseudo-random numbers: `SplitMix64` (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    /// Other numbers in every run of the test, or those of the seed in `TILESIM_TEST_SEED`.
    fn of_this_run() -> Self {
        let given = std::env::var("TILESIM_TEST_SEED").ok();
        let now = || {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .expect("a time after 1970")
        };
        Self(given.map_or_else(
            || u64::from(now().subsec_nanos()),
            |seed| seed.parse().expect("a whole number"),
        ))
    }

    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[test]
fn a_killed_sweep_goes_on_and_equals_one_that_ran_through() {
    let folder = tempfile::tempdir().expect("a folder");
    let study = study(folder.path());
    let through = folder.path().join("through");
    let start_of_all = Instant::now();
    assert!(start(&study, &through).wait().expect("it ends").success());
    let whole = start_of_all.elapsed();
    let mut random = Random::of_this_run();
    println!("TILESIM_TEST_SEED={} kills at the same shares of a run", random.0);
    let killed = folder.path().join("killed");
    let mut kills = 0;
    for round in 1..=ROUNDS {
        let mut child = start(&study, &killed);
        // Earlier in the first rounds, so that there is something left to kill in the later ones.
        thread::sleep(whole.mul_f64(random.share() * f64::from(round) / f64::from(ROUNDS)));
        if child.try_wait().expect("a state").is_none() {
            child.kill().expect("killed");
            kills += 1;
        }
        child.wait().expect("it ends");
    }
    assert!(kills > 0, "no run was killed");
    assert!(start(&study, &killed).wait().expect("it ends").success());
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
