//! Rows of a sweep belong to what was read for them: a file that changes makes another sweep.

use std::{fs, path::Path};

use crate::support::tilesim;

/// What `tilesim sweep` says of the study in `folder`, whose one point fails early.
fn swept(folder: &Path, fixed: &str) -> String {
    let study = folder.join("study.json");
    let text = format!(
        r#"{{"name": "inputs", "fixed": {{{fixed}, "no_such_setting": 1}}, "axes": [], "metrics": ["time.cycles"],
            "objectives": [{{"metric": "time.cycles", "goal": "minimise"}}]}}"#
    );
    fs::write(&study, text).expect("written");
    let output = tilesim(&["sweep", &study.display().to_string(), "-q", "--out"])
        .arg(folder.join("out"))
        .output()
        .expect("it runs");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A sweep whose rows are there is taken up, and is another one once the file holds something else.
fn depends_on(folder: &Path, fixed: &str, file: &str, changed: &[u8]) {
    let path = folder.join(file);
    assert!(!swept(folder, fixed).contains("another sweep"), "{file}");
    let before = fs::read(&path).expect("a file");
    fs::write(&path, changed).expect("written");
    let refused = swept(folder, fixed);
    assert!(
        refused.contains("holds another sweep: the digest is"),
        "{file}: {refused}"
    );
    fs::write(&path, before).expect("written");
    assert!(!swept(folder, fixed).contains("another sweep"), "{file}");
    fs::remove_dir_all(folder.join("out")).expect("removed");
}

const NETWORK: &str = r#"{"family": "mobilenet_v1", "description": "d", "width": 1.0, "group_size": 1, "norm": "bn", "resolution": 32}"#;

#[test]
fn every_file_that_is_read_belongs_to_the_digest() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let named = |file: &str| folder.join(file).display().to_string();
    let write = |file: &str, text: &str| fs::write(folder.join(file), text).expect("written");
    write("net.json", NETWORK);
    let wider = NETWORK.replace("1.0", "0.5");
    let model = format!(r#""model": "{}""#, named("net.json"));
    depends_on(folder, &model, "net.json", wider.as_bytes());

    // Both are read, though neither is what is wrong with the point.
    write(
        "machine.json",
        r#"{"name": "m", "description": "d", "extends": "mk2", "values": {"tiles": 64}}"#,
    );
    let machine = format!(
        r#""model": "mobilenet-v1", "machine": "{}""#,
        named("machine.json")
    );
    depends_on(
        folder,
        &machine,
        "machine.json",
        br#"{"name": "m", "description": "d", "extends": "bow", "values": {"tiles": 64}}"#,
    );

    let system = |name: &str| {
        let network = named("net.json");
        format!(
            r#"{{"name": "{name}", "description": "d", "extends": "single", "network": {{"model": "{network}"}}}}"#
        )
    };
    write("system.json", &system("s"));
    let training = format!(r#""mode": "training", "system": "{}""#, named("system.json"));
    depends_on(folder, &training, "system.json", system("t").as_bytes());
    depends_on(folder, &training, "net.json", wider.as_bytes());

    let release = tilesim_bundled_release();
    write("release.json", &release);
    let software = format!(
        r#""model": "mobilenet-v1", "software": "{}""#,
        named("release.json")
    );
    depends_on(
        folder,
        &software,
        "release.json",
        release.replace("\"name\"", " \"name\"").as_bytes(),
    );

    for (file, contents) in [("net.onnx", onnx()), ("weights.bin", vec![1; 8])] {
        fs::write(folder.join(file), contents).expect("written");
    }
    let onnx = format!(r#""model": "{}""#, named("net.onnx"));
    depends_on(folder, &onnx, "weights.bin", &[1, 1, 1, 1, 1, 1, 1, 2]);
    depends_on(folder, &onnx, "net.onnx", b"no model");
    // External data that comes later too.
    fs::remove_file(folder.join("weights.bin")).expect("removed");
    assert!(!swept(folder, &onnx).contains("another sweep"));
    fs::write(folder.join("weights.bin"), [1; 8]).expect("written");
    assert!(swept(folder, &onnx).contains("the digest"));
}

/// The text of a bundled release.
fn tilesim_bundled_release() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/software/sdk-2.0.json");
    fs::read_to_string(path).expect("a release")
}

/// A field of a message of protocol buffers: bytes of a length.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).expect("short");
    assert!(length < 0x80, "one byte says the length");
    [&[number << 3 | 2, length], bytes].concat()
}

/// A number of a message of protocol buffers.
fn number(number: u8, value: u8) -> Vec<u8> {
    vec![number << 3, value]
}

/// A model with one initialiser, two floats in `weights.bin`, by the fields of `onnx.proto`.
fn onnx() -> Vec<u8> {
    let location = [field(1, b"location"), field(2, b"weights.bin")].concat();
    let tensor = [
        number(1, 2),
        number(2, 1),
        field(8, b"w"),
        field(13, &location),
        number(14, 1),
    ]
    .concat();
    let graph = field(5, &tensor);
    let opset = number(2, 17);
    [number(1, 8), field(7, &graph), field(8, &opset)].concat()
}

/// A job of an array knows its part of the points, and does not say who wins among them.
#[test]
fn shards_are_what_the_scheduler_says_and_compare_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let study = folder.path().join("study.json");
    fs::write(
        &study,
        r#"{"name": "shards", "description": "Every point fails at once", "fixed": {"model": "mobilenet-v1"},
            "axes": [{"key": "no_such_setting", "range": {"from": 1, "to": 9}}]}"#,
    )
    .expect("written");
    let run = |variables: &[(&str, &str)], out: &str| {
        let mut command = tilesim(&[
            "sweep",
            &study.display().to_string(),
            "-q",
            "--shard",
            "auto",
            "--out",
        ]);
        command
            .arg(folder.path().join(out))
            .envs(variables.iter().copied());
        let output = command.output().expect("it runs");
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), said(&output.stdout), said(&output.stderr))
    };
    let (code, said, _) = run(
        &[("JOB_COMPLETION_INDEX", "0"), ("TILESIM_SHARD_COUNT", "2")],
        "0",
    );
    assert_eq!(code, Some(0));
    assert!(said.contains("Shard 1/2: 5 of 9 points"), "{said}");
    assert!(!folder.path().join("0/report.html").exists());
    let array = [
        ("SLURM_ARRAY_TASK_ID", "8"),
        ("SLURM_ARRAY_TASK_MIN", "7"),
        ("SLURM_ARRAY_TASK_MAX", "8"),
        ("SLURM_ARRAY_TASK_COUNT", "2"),
    ];
    let (_, _, complaint) = run(&array[..1], "1");
    assert!(complaint.contains("SLURM_ARRAY_TASK_MIN"), "{complaint}");
    let (code, _, complaint) = run(&[], "1");
    assert_eq!(code, Some(2));
    assert!(
        complaint.contains("no scheduler says which job this is"),
        "{complaint}"
    );

    let status = |folders: &[&str]| {
        let mut command = tilesim(&["sweep", "status", "--format", "json"]);
        command.args(folders.iter().map(|name| folder.path().join(name)));
        let output = command.output().expect("it runs");
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (output.status.code(), answer)
    };
    let (code, answer) = status(&["0"]);
    assert_eq!(code, Some(1));
    assert_eq!((&answer["failed"], &answer["missing"]), (&5.into(), &4.into()));
    assert_eq!(answer["missing_shards"], serde_json::json!([2]));
    run(&array, "1");
    let (code, answer) = status(&["0", "1"]);
    assert_eq!((code, &answer["missing"]), (Some(0), &0.into()));

    let merge = |folders: &[&str], out: &str| {
        let mut command = tilesim(&["sweep", "merge", "--partial", "--out"]);
        command
            .arg(folder.path().join(out))
            .args(folders.iter().map(|name| folder.path().join(name)));
        String::from_utf8_lossy(&command.output().expect("it runs").stdout).into_owned()
    };
    let said = merge(&["1"], "merged");
    assert!(
        said.contains("What is done: 4 of 9 points. Nothing is compared"),
        "{said}"
    );
    let said = merge(&["0"], "merged");
    assert!(
        said.contains("9 points") && !said.contains("Nothing is compared"),
        "{said}"
    );
}
