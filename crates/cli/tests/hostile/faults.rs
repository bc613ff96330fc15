//! Faults of the system while files are written, at every call one after the other: the process is killed, the disk is full, the disk
//! fails. What is there afterwards is old or new and never half of it, and what belongs together is known.
#![cfg(target_os = "linux")]

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

/// Calls that write, and what happens in place of one of them.
const FAULTS: [(&str, &str); 6] = [
    ("rename,renameat,renameat2", "signal=KILL"),
    ("fsync", "signal=KILL"),
    ("unlink,unlinkat", "signal=KILL"),
    ("write", "error=ENOSPC"),
    ("fsync", "error=EIO"),
    ("rename,renameat,renameat2", "error=EIO"),
];

/// Calls of a kind that a run makes at most.
const MOST_CALLS: usize = 300;

type Contents = BTreeMap<String, Vec<u8>>;

fn contents(folder: &Path) -> Contents {
    let entries = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry"));
    entries
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("a file"))
        })
        .collect()
}

/// Whether the program that injects faults is there. Where tests have to run it is.
fn can_inject() -> bool {
    let there = Command::new("strace")
        .arg("-V")
        .stdout(Stdio::null())
        .status()
        .is_ok();
    if !there {
        tilesim_test_support::reference::skip("there is no strace");
    }
    there
}

/// Runs the binary in a folder, with a fault at the `call`th of some calls.
fn run(folder: &Path, arguments: &[&str], fault: Option<(&str, &str, usize)>) -> Output {
    let mut command = match fault {
        None => Command::new(env!("CARGO_BIN_EXE_tilesim")),
        Some((calls, happens, call)) => {
            let mut command = Command::new("strace");
            command
                .args(["-f", "-qq", "-o", "/dev/null", "-e"])
                .arg(format!("trace={calls}"))
                .arg("-e")
                .arg(format!("inject={calls}:{happens}:when={call}"))
                .arg(env!("CARGO_BIN_EXE_tilesim"));
            command
        }
    };
    command
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("it runs")
}

fn is_complete(contents: &Contents) -> bool {
    let manifest: Option<serde_json::Value> = contents
        .get("files.json")
        .and_then(|text| serde_json::from_slice(text).ok());
    manifest.is_some_and(|manifest| manifest["complete"] == true)
}

/// Runs `new` over what `old` has written, with every fault at every call; what is there is checked, and made whole by running again.
fn at_every_call(old: &[&str], new: &[&str], out: &str) {
    let written = |arguments: &[&str]| {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(run(folder.path(), arguments, None).status.success());
        contents(&folder.path().join(out))
    };
    let (before, after) = (written(old), written(new));
    let mut faults = 0;
    for (calls, happens) in FAULTS {
        for call in 1..=MOST_CALLS {
            let folder = tempfile::tempdir().expect("a folder");
            let there = folder.path().join(out);
            fs::create_dir(&there).expect("a folder");
            for (name, found) in &before {
                fs::write(there.join(name), found).expect("written");
            }
            let output = run(folder.path(), new, Some((calls, happens, call)));
            if output.status.success() {
                // There was no such call, or none that counts.
                break;
            }
            faults += 1;
            let at = format!("{calls} {happens} {call}");
            let now = contents(&there);
            for (name, found) in now
                .iter()
                .filter(|(name, _)| !name.starts_with('.') && *name != "files.json")
            {
                let is = |of: &Contents| of.get(name).is_some_and(|expected| expected == found);
                assert!(is(&before) || is(&after), "{at}: {name}");
            }
            if is_complete(&now) {
                let whole = if now["files.json"] == after["files.json"] {
                    &after
                } else {
                    &before
                };
                assert!(
                    whole
                        .iter()
                        .all(|(name, expected)| now.get(name) == Some(expected)),
                    "{at}"
                );
            }
            assert!(run(folder.path(), new, None).status.success(), "{at}");
            assert!(contents(&there) == after, "{at}: {:?}", contents(&there).keys());
        }
    }
    assert!(faults > 20, "{faults} faults");
}

#[test]
fn files_of_out_are_old_or_new_whatever_fails() {
    if !can_inject() {
        return;
    }
    let network = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fuzz/corpus/onnx_import/expanded_constant.onnx"
    );
    let tiles = "machine.tiles=2";
    let small = [
        "simulate", network, "--set", tiles, "--quiet", "--out", "out", "--traces",
    ];
    let old = [small.as_slice(), &["csv"]].concat();
    let new = [small.as_slice(), &["none", "--batch", "2"]].concat();
    at_every_call(&old, &new, "out");
}
