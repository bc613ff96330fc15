//! Answers are read back as they were written, and mistakes in a file are named with line and column.

use std::fs;
use std::path::Path;

use serde::{Serialize, de::DeserializeOwned};
use tilesim_codelets::Count;
use tilesim_test_support::machines::table_mk2;
use tilesim_validate::{
    layers::{self, LayersBound},
    plans::{
        AssignmentsTable, LayerCycles, PlanComparison, PlanTable, PlannedLayer, PlannedTable, PlansValidation,
    },
    training, vendor_table,
    vertices::{self, VerticesBound},
};

const VERTICES: &str = "\
vertex,type,op,in_place,elements,cycles
UnaryOp1D,half,RELU,1,96,1
UnaryOp1D,half,RELU,1,960,1
";

const LAYERS: &str = "\
name,target,tiles,op_kind,runs_phases,data_type,partials_type,reduce_shape,reduce_dims,reduce_op,cycles,total_memory_bytes
sum,IpuModel2,64,reduce,fwd,half,float,4x200x8,1,ADD,1000,20000
unknown,IpuModel2,64,sort,fwd,half,,,,,1000,20000
";

fn assert_is_read_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(answer: &T) {
    let text = serde_json::to_string(answer).expect("an answer is JSON");
    let read: T = serde_json::from_str(&text).expect("the text is an answer");
    assert_eq!(&read, answer, "{text}");
}

fn written(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("a folder to write to");
    path
}

#[test]
fn answers_of_vertices_are_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = written(folder.path(), "UnaryOp1D_open.csv", VERTICES);
    let bound = VerticesBound {
        within_percent: Some(1.0),
        share_percent: Some(100.0),
    };
    let answer = vertices::validate(&[file], &table_mk2(), Count::Vendor, bound).expect("a legal table");
    assert_eq!(answer.tables[0].statistics.rows, 2);
    assert_eq!(answer.failures().len(), 1);
    assert_is_read_back(&answer);
}

#[test]
fn answers_of_layers_are_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = written(folder.path(), "layers.csv", LAYERS);
    let answer = layers::validate(&file, LayersBound::default()).expect("a legal table");
    assert_eq!((answer.rows.len(), answer.unsupported.len()), (1, 1));
    assert_is_read_back(&answer);
}

/// Both kinds of comparison stand flat in the answer, told apart by the family.
#[test]
fn answers_of_plans_are_read_back() {
    let errors = tilesim_report::ErrorStatistics::of(&[0.5, 0.25]).expect("two rows");
    let planned = PlannedTable {
        recosted: errors,
        recosted_within_5_percent_share: 0.5,
        within_share: None,
        recosted_holds: true,
        dearer_rows: 0,
        cheaper_rows: 1,
        median_ratio: 0.75,
        least_ratio: 0.5,
        planning_seconds_median: 0.125,
        planning_seconds_worst: 0.25,
        planning_seconds: 0.375,
        vendor_planning_seconds: 8.0,
        rows: vec![PlannedLayer {
            line: 2,
            layer: "fc".to_owned(),
            pass: "FC_TRAINING_FWD".to_owned(),
            joint: true,
            given_cycles: 1000,
            recosted_cycles: Some(990),
            layer_cycles: Some(LayerCycles {
                recosted: 3000,
                planned: 2000,
            }),
            given_kernel: "AMP".to_owned(),
            planned_cycles: 800,
            planned_kernel: "SLIC".to_owned(),
            planning_seconds: 0.375,
            vendor_planning_seconds: Some(8.0),
        }],
    };
    let table = |comparison| PlanTable {
        name: "table".to_owned(),
        file: "table.csv".into(),
        holds: true,
        refused: Vec::new(),
        comparison,
    };
    let assignments = AssignmentsTable { terms: Vec::new() };
    assert_is_read_back(&PlansValidation {
        schema: "tilesim-plans-validation/1".to_owned(),
        within_percent: None,
        share_percent: None,
        holds: true,
        tables: vec![
            table(PlanComparison::Planned(planned)),
            table(PlanComparison::Assignments(assignments)),
        ],
    });
}

#[test]
fn mistakes_are_named_with_line_and_column() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "config,training_images_per_second_pod16\na,1\nb,fast\n";
    let file = written(folder.path(), "throughput.csv", text);
    let error = training::read(std::slice::from_ref(&file))
        .expect_err("a bad cell")
        .to_string();
    let place = format!(
        "{}:3: column `training_images_per_second_pod16` holds `fast`",
        file.display()
    );
    assert!(error.starts_with(&place), "{error}");
    let missing = folder.path().join("nosuch.csv");
    let error = training::read(&[missing]).expect_err("no file").to_string();
    assert!(error.contains("nosuch.csv: cannot be read"), "{error}");
}

#[test]
fn lines_are_counted_from_the_names_of_the_columns() {
    let lines = vendor_table::read_text(Path::new("table.csv"), "a,b\r\n1,2\r\n3,4\r\n", |placed| {
        Ok((placed.line, placed.row.get("b").map(str::to_owned)))
    });
    let lines = lines.expect("a table");
    assert_eq!(lines, [(2, Some("2".to_owned())), (3, Some("4".to_owned()))]);
}
