//! Elasticities are those of sweeps over the same points, held plans those of the run as it is.

use tilesim::{
    Error, SensitivityOptions, Simulation, Simulator, Sweep,
    response::{NumberSensitivity, Response, Sensitivity},
    sensitivity,
    study::{Evaluation, Study},
};

const MODEL: &str = "efficientnet-b0-g16";
const SETTINGS: [(&str, u64); 3] = [("resolution", 64), ("machine.tiles", 96), ("batch", 2)];

fn run() -> Result<Simulation, Error> {
    let mut run = Simulation::of(MODEL)?;
    for (key, value) in SETTINGS {
        run = run.set(key, value)?;
    }
    Ok(run)
}

fn answer(options: &SensitivityOptions) -> Result<Sensitivity, Error> {
    sensitivity(&run()?, options, &Simulator::new(), &())
}

fn number<'a>(answer: &'a Sensitivity, key: &str) -> &'a NumberSensitivity {
    let found = answer.numbers.iter().find(|number| number.key == key);
    found.unwrap_or_else(|| panic!("{key} is among the numbers"))
}

/// Seconds for an image and peak bytes at each value of a key, by a sweep.
fn swept(key: &str, values: &[String]) -> Vec<(f64, f64)> {
    let fixed: Vec<String> = SETTINGS
        .iter()
        .filter(|(other, _)| other != &key)
        .map(|(other, value)| format!(r#""{other}": {value}"#))
        .collect();
    let study = format!(
        r#"{{"name": "points", "fixed": {{"model": "{MODEL}", {}}}, "axes": [{{"key": "{key}", "values": [{}]}}],
            "metrics": ["time.images_per_second", "memory.peak_bytes"], "objectives": []}}"#,
        fixed.join(", "),
        values.join(", "),
    );
    let study = Study::from_json(&study, "points.json").expect("a study");
    let evaluations = Sweep::new("points", study).evaluate(&()).expect("points");
    let figures = |evaluation: Evaluation| match evaluation {
        Evaluation::Done { metrics, .. } => (1.0 / metrics[0].expect("speed"), metrics[1].expect("bytes")),
        Evaluation::Failed { reason } => panic!("{key}: {reason}"),
    };
    evaluations.into_iter().map(figures).collect()
}

/// Holds the elasticities of a response to a sweep over its sides; how many were held.
fn agrees_with_a_sweep(number: &NumberSensitivity) -> usize {
    let Response { below, above, .. } = &number.replanned;
    let (Some(_), Some(_)) = (&below.figures, &above.figures) else {
        return 0;
    };
    let value = |set: &str| set.rsplit('=').next().expect("a value").to_owned();
    let points = swept(&number.key, &[value(&below.set), value(&above.set)]);
    let change = above.value.expect("a value").ln() - below.value.expect("a value").ln();
    let response = &number.replanned;
    for (name, elasticity, slope) in [
        (
            "time",
            &response.time,
            (points[1].0.ln() - points[0].0.ln()) / change,
        ),
        (
            "memory",
            &response.memory,
            (points[1].1.ln() - points[0].1.ln()) / change,
        ),
    ] {
        let between = elasticity.between.expect("both sides");
        assert!(
            (between - slope).abs() <= 0.01 * slope.abs() + 1e-9,
            "{name} of {}: {between} and {slope}",
            number.key
        );
    }
    1
}

#[test]
fn elasticities_are_those_of_sweeps() -> Result<(), Error> {
    let answer = answer(&SensitivityOptions::default())?;
    let held: usize = answer.numbers.iter().map(agrees_with_a_sweep).sum();
    // All of them but those of which one side cannot be had.
    assert!(held >= 30, "{held} of {}", answer.numbers.len());
    Ok(())
}

#[test]
fn held_plans_are_those_of_the_run() -> Result<(), Error> {
    let options = SensitivityOptions {
        hold_plans: true,
        ..SensitivityOptions::default()
    };
    let answer = answer(&options)?;
    let held = |key: &str| number(&answer, key).held.clone().expect("asked for");
    // What no plan depends on is the same.
    let clock = number(&answer, "machine.clock_hz");
    assert_eq!(clock.held, Some(clock.replanned.clone()));
    // A program needs the tiles that it was made for, and leaves others idle.
    let tiles = held("machine.tiles");
    assert!(
        tiles
            .below
            .refused
            .is_some_and(|reason| reason.contains("96 tiles"))
    );
    let idle = tiles.above.figures.expect("more tiles do no harm");
    assert_eq!(idle.cycles, answer.base.cycles);
    // A network with other numbers has other convolutions.
    assert!(held("group_size").above.refused.is_some());
    // The program itself, on a machine whose exchange is slower.
    let below = held("machine.exchange_bytes_per_cycle").below;
    let program = run()?.lower(&Simulator::forgetful())?;
    let slower = run()?.set("machine.exchange_bytes_per_cycle", 3)?;
    let profile = tilesim_sim::simulate(
        &program,
        slower.machine_variant().machine(),
        tilesim_sim::GeometrySource::Own,
    );
    let cycles = profile.expect("it runs").cycles;
    assert_eq!(below.figures.map(|figures| figures.cycles), Some(cycles));
    Ok(())
}

#[test]
fn what_to_buy_is_what_was_run() -> Result<(), Error> {
    let answer = answer(&SensitivityOptions::default())?;
    assert!(!answer.ranking.is_empty());
    for purchase in &answer.ranking {
        let (key, value) = purchase.set.split_once('=').expect("a setting");
        assert_eq!(key, purchase.key);
        let bought = run()?.set(key, value)?.result(&Simulator::forgetful())?;
        let saved = 1.0 - bought.time.seconds / 2.0 / answer.base.seconds_per_image;
        assert!((saved - purchase.saved_share).abs() < 1e-12 && saved > 0.0);
    }
    assert!(
        answer
            .ranking
            .is_sorted_by(|a, b| a.elasticity.abs() >= b.elasticity.abs())
    );
    Ok(())
}

#[test]
fn a_curve_says_where_the_limit_changes_hands() -> Result<(), Error> {
    let options = SensitivityOptions {
        curves: vec!["exchange_bytes_per_cycle".to_owned(), "batch".to_owned()],
        ..SensitivityOptions::default()
    };
    let answer = answer(&options)?;
    let curve = &answer.curves[0];
    assert_eq!(curve.key, "machine.exchange_bytes_per_cycle");
    let values: Vec<f64> = curve.points.iter().filter_map(|point| point.run.value).collect();
    assert!(
        values.is_sorted_by(|a, b| a < b) && values.first() == Some(&1.0) && values.last() == Some(&16.0)
    );
    let limits: Vec<String> = curve
        .points
        .iter()
        .filter_map(|point| point.run.figures.as_ref().map(|figures| figures.limit.clone()))
        .collect();
    let changes = limits.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert_eq!(curve.handovers.len(), changes);
    // Of two images there are fewer neighbours than factors.
    assert_eq!(
        answer.curves[1]
            .points
            .iter()
            .filter(|point| point.run.value == Some(2.0))
            .count(),
        1
    );
    Ok(())
}

#[test]
fn what_is_no_question() {
    for (options, argument) in [
        (
            SensitivityOptions {
                step: 1.0,
                ..SensitivityOptions::default()
            },
            "step",
        ),
        (
            SensitivityOptions {
                step: f64::NAN,
                ..SensitivityOptions::default()
            },
            "step",
        ),
        (
            SensitivityOptions {
                curves: vec!["norm".to_owned()],
                ..SensitivityOptions::default()
            },
            "norm",
        ),
    ] {
        let answer = answer(&options);
        assert!(
            matches!(&answer, Err(Error::Argument { argument: found, .. }) if found == argument),
            "{answer:?}"
        );
    }
}
