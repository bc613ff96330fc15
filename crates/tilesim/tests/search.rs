//! What a search finds is what running everything finds, goes on where it was stopped, and runs.
#![cfg(feature = "parquet")]

use std::{
    collections::BTreeSet,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use tilesim::{
    Error, Progress, RunOptions, SearchOutcome, Setting, Simulation, Simulator, Sweep, study::Study,
};

/// A space of which at most so many points are run.
fn space(axes: &str, more: &str, search: &str) -> Sweep {
    let json = format!(
        r#"{{"name": "space", "fixed": {{"model": "mobilenet-v1", "resolution": 32, "machine.tiles": 64}}, "axes": [{axes}],
            "metrics": ["time.images_per_second", "theoretical.flops", "theoretical.parameters", "memory.peak_bytes"],
            "search": {search}, {more}}}"#
    );
    Sweep::new(
        "space.json",
        Study::from_json(&json, "space.json").expect("a space"),
    )
}

const SPEED_AND_FLOPS: &str = r#""objectives": [{"metric": "time.images_per_second", "goal": "maximise"},
    {"metric": "theoretical.flops", "goal": "minimise"}]"#;

fn searched(sweep: &Sweep, out: &Path) -> Result<SearchOutcome, Error> {
    sweep.search(out, &())
}

/// The settings of the front.
fn front(outcome: &SearchOutcome) -> BTreeSet<String> {
    let settings = outcome.answer.front.iter().map(|point| {
        let settings: serde_json::Value = point.settings.clone().into();
        settings.to_string()
    });
    settings.collect()
}

#[test]
fn it_equals_exhaustive_search() -> Result<(), Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let wide = r#"{"key": "width", "range": {"from": 0.25, "to": 1.5, "step": 0.05}}"#;
    let groups = r#"{"key": "group_size", "values": [1, 2, 4, 8, 16]}"#;
    let batches = r#"{"key": "batch", "values": [1, 2, 3, 4, 6, 8]}"#;
    let exchange = r#"{"key": "machine.exchange_bytes_per_cycle", "values": [2, 3, 4, 6, 8, 12, 16]}"#;
    let of_memory = r#""objectives": [{"metric": "time.images_per_second", "goal": "maximise"},
        {"metric": "memory.peak_bytes", "goal": "minimise"}]"#;
    let constrained = format!(
        r#"{SPEED_AND_FLOPS}, "constraints": ["theoretical.parameters >= 2e6", "theoretical.flops <= 4e7"]"#
    );
    for (index, (axes, more)) in [
        (format!("{wide}, {groups}"), SPEED_AND_FLOPS.to_owned()),
        (format!("{batches}, {exchange}, {groups}"), of_memory.to_owned()),
        (format!("{wide}, {groups}"), constrained),
    ]
    .into_iter()
    .enumerate()
    {
        let of = |search: &str, name: &str| {
            let sweep = space(&axes, &more, search);
            searched(&sweep, &folder.path().join(format!("{name}{index}")))
        };
        let all = of(r#"{"points": 1000}"#, "all")?;
        assert!(all.answer.exhaustive && all.answer.generations == 0);
        let some = all.answer.combinations * 7 / 10;
        let bred = of(
            &format!(r#"{{"points": {some}, "population": 16, "seed": 1}}"#),
            "bred",
        )?;
        assert!(!bred.answer.exhaustive && bred.answer.summary.points == some);
        assert!(!front(&all).is_empty());
        assert_eq!(front(&bred), front(&all), "{axes}");
    }
    Ok(())
}

/// Stops after so many points.
struct Stop(AtomicU64);

impl Progress for Stop {
    fn advance(&self) {
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
    }

    fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

#[test]
fn a_search_that_was_stopped_goes_on_as_it_would_have() -> Result<(), Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let axes = r#"{"key": "width", "range": {"from": 0.25, "to": 1.5, "step": 0.05}}, {"key": "group_size", "values": [1, 2, 4, 8]}"#;
    let sweep = space(
        axes,
        SPEED_AND_FLOPS,
        r#"{"points": 50, "population": 12, "seed": 5}"#,
    );
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    let whole = searched(&sweep, &whole)?;
    for points in [5, 30] {
        let stopped = sweep.search(&parts, &Stop(AtomicU64::new(points)));
        assert!(matches!(stopped, Err(Error::Cancelled)));
    }
    let parts = searched(&sweep, &parts)?;
    assert_eq!(parts.sweep.rows, whole.sweep.rows);
    assert_eq!(parts.answer.front, whole.answer.front);
    // Another seed is another search, which does not mix with this one.
    let other = space(
        axes,
        SPEED_AND_FLOPS,
        r#"{"points": 50, "population": 12, "seed": 6}"#,
    );
    assert!(searched(&other, &folder.path().join("parts")).is_err());
    Ok(())
}

#[test]
fn every_network_of_the_front_runs() -> Result<(), Error> {
    let folder = tempfile::tempdir().expect("a folder");
    let axes = r#"{"key": "model", "values": ["efficientnet-b0-g16"]}, {"key": "batch", "values": [1, 2]},
        {"key": "stages.3.group_size", "values": [1, 8, 16]}, {"key": "stages.5.expand_ratio", "values": [2, 4]}"#;
    let json = format!(
        r#"{{"name": "stages", "fixed": {{"resolution": 32, "machine.tiles": 64}}, "axes": [{axes}],
            "metrics": ["time.images_per_second", "theoretical.flops"], "search": {{"points": 100}}, {SPEED_AND_FLOPS}}}"#
    );
    let sweep = Sweep::new(
        "stages.json",
        Study::from_json(&json, "stages.json").expect("a space"),
    );
    let outcome = searched(&sweep, folder.path())?;
    outcome.write(folder.path(), &tilesim::PlotFormat::Svg.into())?;
    assert!(!outcome.answer.front.is_empty());
    for point in &outcome.answer.front {
        assert_eq!(point.command[..2], ["simulate", point.file.as_str()]);
        let settings = point.command[2..]
            .chunks(2)
            .map(|pair| pair[1].parse::<Setting>().expect("a setting"));
        let options = RunOptions {
            settings: settings.collect(),
            ..RunOptions::default()
        };
        let path = folder.path().join(&point.file).display().to_string();
        let result = Simulation::with_options(&path, &options)?.result(&Simulator::forgetful())?;
        assert_eq!(
            point.figures["time.images_per_second"],
            result.time.images_per_second
        );
        assert_eq!(
            point.figures["theoretical.flops"],
            result.theoretical.flops as f64
        );
    }
    Ok(())
}

#[test]
fn a_space_is_no_study_and_a_study_no_space() {
    let folder = tempfile::tempdir().expect("a folder");
    let axes = r#"{"key": "batch", "values": [1, 2]}"#;
    let space = space(axes, SPEED_AND_FLOPS, r#"{"points": 50}"#);
    assert!(
        space
            .evaluate(&())
            .is_err_and(|error| error.to_string().contains("tilesim search"))
    );
    let study = Sweep::of("exchange").expect("bundled");
    assert!(
        study
            .search(folder.path(), &())
            .is_err_and(|error| error.to_string().contains("search"))
    );
}
