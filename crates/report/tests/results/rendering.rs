//! What people and programs get to see.

use tilesim_report::{
    Comparison, ErrorStatistics, RunFacts, RunResult, comparison_reading,
    render::{self, Palette, TableErrors},
    summarise,
};
use tilesim_sim::Profile;
use tilesim_terms::LayerKind;

use crate::profiles::{facts, profile};

/// Two networks of three layers.
fn two() -> [(Profile, RunFacts); 2] {
    let g1 = profile(
        &[
            (
                "stem",
                LayerKind::Conv,
                400_000,
                5_000,
                [20, 20, 10, 10, 5, 5, 10, 0, 1, 0, 0],
            ),
            (
                "block1a/b",
                LayerKind::Spatial,
                100_000,
                20_000,
                [2, 60, 10, 10, 5, 5, 10, 0, 1, 0, 0],
            ),
            (
                "block1a/add",
                LayerKind::Add,
                0,
                1_001,
                [0, 0, 0, 0, 50, 5, 10, 0, 1, 0, 0],
            ),
        ],
        500_000,
    );
    let g16 = profile(
        &[
            (
                "stem",
                LayerKind::Conv,
                400_000,
                5_000,
                [20, 20, 10, 10, 5, 5, 10, 0, 1, 0, 0],
            ),
            (
                "block1a/b",
                LayerKind::Spatial,
                700_000,
                12_003,
                [30, 20, 10, 10, 5, 5, 18, 0, 1, 0, 0],
            ),
            (
                "block1a/add",
                LayerKind::Add,
                0,
                1_000,
                [0, 0, 0, 0, 50, 5, 10, 0, 1, 0, 0],
            ),
        ],
        700_000,
    );
    [
        (g1, facts("efficientnet-b0-g1", 500_000, 4)),
        (g16, facts("efficientnet-b0-g16", 1_100_000, 4)),
    ]
}

fn results() -> Vec<RunResult> {
    two()
        .iter()
        .map(|(profile, facts)| summarise(profile, facts).expect("it adds up"))
        .collect()
}

fn narrow(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= render::WIDTH, "too wide: {line}");
    }
}

#[test]
fn one_run() {
    let text = render::run(&results()[0], &Palette::plain());
    narrow(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn two_runs() {
    let text = render::comparison(&Comparison::new(results()).expect("two"), &Palette::plain());
    narrow(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn many_runs_stay_narrow() {
    let runs = results();
    let many: Vec<RunResult> = (0..7).map(|index| runs[index % 2].clone()).collect();
    narrow(&render::comparison(
        &Comparison::new(many).expect("seven"),
        &Palette::plain(),
    ));
}

#[test]
fn colours_change_nothing_else() {
    let comparison = Comparison::new(results()).expect("two");
    let coloured = render::comparison(&comparison, &Palette::coloured());
    assert!(coloured.contains('\u{1b}'));
    assert!(!render::comparison(&comparison, &Palette::plain()).contains('\u{1b}'));
}

#[test]
fn the_result_json() {
    let result = &results()[1];
    let json = serde_json::to_string_pretty(result).expect("a result");
    assert_eq!(
        &serde_json::from_str::<RunResult>(&json).expect("the same result"),
        result
    );
    insta::assert_snapshot!(json);
}

#[test]
fn the_result_schema() {
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(RunResult)).expect("a schema");
    insta::assert_snapshot!(schema);
}

#[test]
fn results_that_do_not_add_up_are_refused() {
    let good = results().remove(0);
    assert_eq!(good.check(), Ok(()));
    let mut bad = good.clone();
    bad.cycles_by_cause.sync = u64::MAX;
    assert!(bad.check().is_err());
    let mut bad = good.clone();
    bad.layers.pop();
    assert!(bad.check().is_err());
    let mut bad = good;
    bad.run.batch = 0;
    assert!(bad.check().is_err());
}

#[test]
fn nothing_is_no_comparison() {
    assert!(Comparison::new(Vec::new()).is_err());
    assert!(comparison_reading(&[]).is_empty());
}

#[test]
fn validation_table() {
    let errors = [0.0, 0.004, 0.2];
    let statistics = ErrorStatistics::of(&errors).expect("three rows");
    let table = |name, holds| TableErrors {
        name,
        statistics,
        within: Some((0.02, ErrorStatistics::share_within(&errors, 0.02))),
        holds,
    };
    let text = render::validation(
        "table",
        &[table("ReduceAdd", true), table("Cast1D", false)],
        &Palette::plain(),
    );
    narrow(&text);
    insta::assert_snapshot!(text);
}
