//! Traces end to end: written by the binary, read by data frames and by Perfetto's own definitions.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tilesim_test_support::reference;

use crate::support::tilesim;

/// Small enough to be quick, large enough to have every kind of layer.
const SMALL: [&str; 4] = ["--set", "resolution=64", "--set", "machine.tiles=64"];

fn traces() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../traces")
}

fn run(arguments: &[&str]) -> Vec<u8> {
    let output = tilesim(arguments).args(SMALL).output().expect("the binary runs");
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// Python with what `traces/requirements.txt` lists; `None` where there is none, which CI does not accept.
fn python() -> Option<String> {
    let python = std::env::var("TILESIM_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let modules = "import duckdb, matplotlib, pandas, perfetto, polars, pyarrow, pytest";
    let found = Command::new(&python).args(["-c", modules]).output();
    if found.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    reference::skip(&format!(
        "{python} lacks modules of traces/requirements.txt; TILESIM_PYTHON names another"
    ));
    None
}

/// The examples and checks of `traces/` on a folder of traces, or on the samples.
fn check_in_python(python: &str, folder: Option<&Path>, system: Option<&Path>) {
    let mut command = Command::new(python);
    command.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]);
    command.current_dir(traces()).env("PYTHONDONTWRITEBYTECODE", "1");
    if let Some(folder) = folder {
        command.env("TILESIM_TRACES", folder);
    }
    if let Some(system) = system {
        command.env("TILESIM_SYSTEM", system);
    }
    let output = command.output().expect("Python runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
}

#[test]
fn data_frames_and_perfetto_find_the_numbers_of_the_result() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().display().to_string();
    run(&[
        "compare",
        "efficientnet-b0-g1",
        "efficientnet-b0-g16",
        "--batch",
        "2",
        "--trace-tiles",
        "0,63",
        "--out",
        &out,
    ]);
    check_in_python(&python, Some(folder.path()), None);
}

#[test]
fn the_samples_are_what_this_version_writes() {
    let published = json(&traces().join("schema.json"));
    let output = tilesim(&["schema", "traces"]).output().expect("the binary runs");
    let schema: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        schema, published,
        "traces/schema.json is not what `tilesim schema traces` prints"
    );
    let readme = fs::read_to_string(traces().join("README.md")).expect("its description");
    for table in published["tables"].as_array().expect("tables") {
        for column in table["columns"].as_array().expect("columns") {
            let name = column["name"].as_str().expect("a name");
            let kind = column["type"].as_str().expect("a type");
            let meaning = column["meaning"].as_str().expect("a meaning");
            let row = format!("| `{name}` | {kind} | {meaning} |");
            assert!(readme.contains(&row), "traces/README.md lacks {row}");
        }
    }
    let Some(python) = python() else { return };
    check_in_python(&python, None, None);
}

#[test]
fn csv_holds_the_same_tables() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().display().to_string();
    run(&["simulate", "mobilenet-v1", "--traces", "csv", "--out", &out]);
    assert_eq!(
        names(folder.path()),
        [
            "files.json",
            "layers.csv",
            "memory.csv",
            "plans.csv",
            "report.html",
            "result.json",
            "roofline.svg",
            "runs.json",
            "steps.csv",
            "throughput.svg",
            "tiles.csv",
            "timeline.perfetto-trace",
            "utilisation.svg",
            "waterfall.svg"
        ]
    );
    let schema = json(&traces().join("schema.json"));
    let tables = schema["tables"].as_array().expect("tables");
    let of_runs = |table: &&Value| table["name"] != "stages" && table["name"] != "schedule";
    for table in tables.iter().filter(of_runs) {
        let name = table["name"].as_str().expect("a name");
        let mut reader = csv::Reader::from_path(folder.path().join(format!("{name}.csv"))).expect("a table");
        let columns = table["columns"].as_array().expect("columns");
        let published: Vec<&str> = columns
            .iter()
            .filter_map(|column| column["name"].as_str())
            .collect();
        assert_eq!(reader.headers().expect("headers"), published);
        assert!(reader.records().all(|record| record.is_ok()), "{name}");
    }
    let result = json(&folder.path().join("result.json"));
    let mut steps = csv::Reader::from_path(folder.path().join("steps.csv")).expect("steps");
    let cycles = steps
        .headers()
        .expect("headers")
        .iter()
        .position(|name| name == "cycles");
    let cycles = cycles.expect("a column");
    let sum: u64 = steps
        .records()
        .map(|record| record.expect("a step")[cycles].parse::<u64>().expect("cycles"))
        .sum();
    assert_eq!(Some(sum), result["time"]["cycles"].as_u64());
    let inputs = json(&folder.path().join("runs.json"));
    assert_eq!(inputs["mobilenet-v1 resolution=64"]["time"], result["time"]);
}

#[test]
fn a_tile_that_the_machine_lacks_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().display().to_string();
    let output = tilesim(&["simulate", "mobilenet-v1", "--trace-tiles", "64", "--out", &out])
        .args(SMALL)
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("--trace-tiles 64") && said.contains("0 to 63"),
        "{said}"
    );
}

#[test]
fn traces_can_be_left_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().display().to_string();
    run(&["simulate", "mobilenet-v1", "--traces", "none", "--out", &out]);
    let of_traces = |name: &String| name.ends_with(".parquet") || name.contains("perfetto");
    assert!(!names(folder.path()).iter().any(of_traces));
    assert!(folder.path().join("result.json").exists());
}

/// Trains a small network on two stages.
fn train(out: &Path, traces: &str) {
    let out = out.display().to_string();
    let system = [
        "system.stages=2",
        "system.splits=block3a",
        "system.micro_batch=2",
        "system.gradient_accumulation=8",
    ];
    let settings = system.iter().flat_map(|setting| ["--set", setting]);
    let arguments: Vec<&str> = ["simulate", "efficientnet-b0-g16@:norm=gn:4,resolution=64"]
        .into_iter()
        .chain(["--mode", "training", "--system", "pod4"])
        .chain(settings)
        .chain(["--traces", traces, "--out", &out])
        .collect();
    let output = tilesim(&arguments).output().expect("the binary runs");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn perfetto_finds_every_stage() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    train(folder.path(), "parquet");
    check_in_python(&python, None, Some(folder.path()));
}

/// The bundled configuration with the most steps: 33 thousand.
#[test]
fn the_largest_timeline_is_small_and_complete() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().display().to_string();
    let arguments = [
        "simulate",
        "--mode",
        "training",
        "--system",
        "B5-G16-LN_PN-Native_16IPU_4x4",
        "--out",
        &out,
    ];
    let output = tilesim(&arguments).output().expect("the binary runs");
    assert!(output.status.success(), "{output:?}");
    for (file, limit) in [("timeline.perfetto-trace", 5_000_000), ("report.html", 5_000_000)] {
        let bytes = fs::metadata(folder.path().join(file)).expect("a file").len();
        assert!(bytes < limit, "{file} has {bytes} bytes");
    }
    let Some(python) = python() else { return };
    check_in_python(&python, None, Some(folder.path()));
}

/// The columns of a table, by name.
fn columns(path: &Path) -> std::collections::BTreeMap<String, Vec<String>> {
    let mut reader = csv::Reader::from_path(path).expect("a table");
    let names: Vec<String> = reader
        .headers()
        .expect("headers")
        .iter()
        .map(str::to_owned)
        .collect();
    let rows: Vec<csv::StringRecord> = reader.records().map(|record| record.expect("a row")).collect();
    let column = |place: usize| rows.iter().map(|row| row[place].to_owned()).collect();
    names
        .iter()
        .enumerate()
        .map(|(place, name)| (name.clone(), column(place)))
        .collect()
}

#[test]
fn a_training_system_has_stages_a_schedule_and_the_steps_of_every_stage() {
    let folder = tempfile::tempdir().expect("a folder");
    train(folder.path(), "csv");
    assert_eq!(
        names(folder.path()),
        [
            "files.json",
            "layers.csv",
            "memory.csv",
            "report.html",
            "result.json",
            "runs.json",
            "schedule.csv",
            "stages.csv",
            "steps.csv",
            "tiles.csv",
            "timeline.perfetto-trace",
        ]
    );
    let result = json(&folder.path().join("result.json"));
    let number = |text: &String| text.parse::<u64>().expect("a number");
    let schedule = columns(&folder.path().join("schedule.csv"));
    let stages = columns(&folder.path().join("stages.csv"));
    let steps = columns(&folder.path().join("steps.csv"));
    for (index, stage) in result["stages"].as_array().expect("stages").iter().enumerate() {
        let rows =
            (0..schedule["stage"].len()).filter(|row| number(&schedule["stage"][*row]) == index as u64);
        let rows: Vec<usize> = rows.collect();
        let mut now = 0;
        for &row in &rows {
            assert_eq!(number(&schedule["start_cycles"][row]), now);
            now += number(&schedule["cycles"][row]);
        }
        assert_eq!(Some(now), result["time"]["cycles"].as_u64());
        for wait in ["link", "host", "slower_stages", "fill_and_drain", "all_reduce"] {
            let of = rows.iter().filter(|row| schedule["activity"][**row] == wait);
            let sum: u64 = of.map(|row| number(&schedule["cycles"][*row])).sum();
            assert_eq!(Some(sum), stage["waits"][wait].as_u64(), "{wait}");
        }
        assert_eq!(
            stages["slowest"][index],
            (result["slowest_stage"] == index).to_string()
        );
        let name = format!("efficientnet-b0-g16 on pod4, stage {index}");
        for phase in ["forward", "recompute", "backward", "update"] {
            assert_eq!(
                Some(number(&stages[&format!("{phase}_cycles")][index])),
                stage["cycles"][phase].as_u64()
            );
            let of = (0..steps["run"].len())
                .filter(|row| steps["run"][*row] == name && steps["phase"][*row] == phase);
            let sum: u64 = of.map(|row| number(&steps["cycles"][row])).sum();
            assert_eq!(Some(sum), stage["cycles"][phase].as_u64(), "{phase}");
        }
    }
    let inputs = json(&folder.path().join("runs.json"));
    assert_eq!(inputs.as_object().map(serde_json::Map::len), Some(2));
}
