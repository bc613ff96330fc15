//! Work that would take long ends when it is to.

use std::{fs, io, path::Path, process::Command, thread, time::Duration};

use crate::support::run;

/// Whether a folder has no file, but what a process was writing that ended: it is hidden, and goes with the next that writes there.
fn is_empty(folder: &Path) -> bool {
    let is_hidden = |entry: io::Result<fs::DirEntry>| {
        entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with('.'))
    };
    fs::read_dir(folder).is_ok_and(|mut entries| entries.all(is_hidden))
}

#[test]
fn every_command_ends_when_its_time_has_passed() {
    let folder = tempfile::tempdir().expect("a folder");
    let large = "machine.tiles=1000000";
    for arguments in [
        ["simulate", "resnet50", "--set", large, "--out", "out"].as_slice(),
        &["compare", "resnet50", "--set", large, "--out", "out"],
        &["lower", "resnet50", "--set", large],
        &["plan", "efficientnet-b7-g1", "--set", large],
        &[
            "run",
            "resnet50",
            "--batch",
            "64",
            "--output",
            "y.npy",
            "--memory-limit",
            "1TB",
        ],
        &["sweep", "exchange", "--out", "sweep"],
    ] {
        let outcome = run(folder.path(), &[arguments, &["--time-limit", "0.002"]].concat());
        assert_eq!(outcome.code, Some(3), "{arguments:?}: {}", outcome.error);
        assert!(
            outcome.error.contains("time limit of 0.002 s"),
            "{}",
            outcome.error
        );
        assert!(!folder.path().join("y.npy").exists());
        assert!(!folder.path().join("out/result.json").exists());
    }
    // What has an answer in time is not disturbed.
    let outcome = run(folder.path(), &["machines", "mk2", "--time-limit", "50"]);
    assert_eq!((outcome.code, outcome.error.as_str()), (Some(0), ""));
    for nonsense in ["0", "-1", "NaN", "soon"] {
        let outcome = run(folder.path(), &["machines", "--time-limit", nonsense]);
        assert_eq!(outcome.code, Some(2), "{nonsense}");
    }
}

#[test]
fn little_memory_is_no_long_search() {
    let folder = tempfile::tempdir().expect("a folder");
    for memory in ["machine.tile_memory_bytes=1", "machine.tile_memory_bytes=7"] {
        let system = ["--mode", "training", "--system", "B0-G16-GN-Half_16IPU_2x8"];
        let arguments = [["simulate"].as_slice(), &system, &["--set", memory, "--quiet"]].concat();
        // It does not fit, and that is known within the time that `run` allows.
        assert_eq!(run(folder.path(), &arguments).code, Some(1), "{memory}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_at_once_and_leaves_nothing() {
    use std::os::unix::process::ExitStatusExt;

    const INTERRUPT: i32 = 2;
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = [
        "simulate",
        "efficientnet-b7-g1",
        "--set",
        "machine.tiles=1000000",
        "--out",
        "out",
    ];
    let mut child = Command::new(env!("CARGO_BIN_EXE_tilesim"))
        .args(arguments)
        .current_dir(folder.path())
        .spawn()
        .expect("the binary runs");
    let out = folder.path().join("out");
    while !out.is_dir() {
        thread::sleep(Duration::from_millis(1));
    }
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .expect("kill")
            .success()
    );
    let status = child.wait().expect("it ends");
    assert_eq!(status.signal(), Some(INTERRUPT));
    assert!(is_empty(&out));
}
