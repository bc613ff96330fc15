//! Files of `--out` are whole: the old ones or the new ones, whatever happens while they are written.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use crate::support::tilesim;

/// A small network, so that a run takes no time.
const RUN: [&str; 4] = ["simulate", "efficientnet-b0-g16", "--set", "resolution=64"];

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            (name, fs::read(&path).expect("a file"))
        })
        .collect()
}

fn run(folder: &Path, more: &[&str]) -> bool {
    let out = folder.display().to_string();
    tilesim(&[&RUN[..], &["--out", &out], more].concat())
        .output()
        .expect("it runs")
        .status
        .success()
}

#[test]
fn the_same_run_writes_the_same_bytes() {
    let folders = [
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    ];
    for (folder, threads) in folders.iter().zip(["1", "4"]) {
        assert!(run(folder.path(), &["--threads", threads, "--plots", "png"]));
    }
    let [one, other] = folders.map(|folder| contents(folder.path()));
    assert!(one == other, "{:?}", one.keys());
    assert!(one["waterfall.png"].starts_with(b"\x89PNG"));
    assert!(one["report.html"].starts_with(b"<!doctype html>"));
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_the_old_files() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(run(folder.path(), &[]));
    let before = contents(folder.path());
    // A bound on the size of files, met in the middle of the largest one, fails as a full disk does.
    let limited = format!(
        "trap '' XFSZ; ulimit -f 2000; exec {} {} --batch 2 --out {}",
        env!("CARGO_BIN_EXE_tilesim"),
        RUN.join(" "),
        folder.path().display()
    );
    let output = Command::new("sh")
        .args(["-c", &limited])
        .output()
        .expect("a shell");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be written"));
    assert!(contents(folder.path()) == before);
}

#[test]
fn an_interruption_leaves_whole_files() {
    let old = tempfile::tempdir().expect("a folder");
    let new = tempfile::tempdir().expect("a folder");
    assert!(run(old.path(), &[]));
    assert!(run(new.path(), &["--batch", "2"]));
    let (before, after) = (contents(old.path()), contents(new.path()));
    let out = old.path().display().to_string();
    for milliseconds in [5, 20, 40, 80, 160, 320] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tilesim"))
            .args(RUN)
            .args(["--batch", "2", "--out", &out])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        std::thread::sleep(Duration::from_millis(milliseconds));
        // It may have ended already.
        let _ = child.kill();
        child.wait().expect("it ends");
        let now = contents(old.path());
        for (name, expected) in before.iter().filter(|(name, _)| *name != "files.json") {
            assert!(now[name] == *expected || now[name] == after[name], "{name}");
        }
    }
    // What the killed ones left incomplete is gone with the next that writes.
    assert!(run(old.path(), &["--batch", "2"]));
    assert_eq!(
        contents(old.path()).keys().collect::<Vec<_>>(),
        after.keys().collect::<Vec<_>>()
    );
}
