//! What is solved is tight: the answer reaches its goal, its neighbour does not, and both are runs.

use tilesim::{
    Error, Extreme, Simulation, Simulator, SolveQuestion, Sweep,
    response::{Outcome, Solution, Try},
    results::RunResult,
    solve,
    study::{Evaluation, Study},
};

const MODEL: &str = "mobilenet-v1@:resolution=64,machine.tiles=96,batch=2";

fn run() -> Result<Simulation, Error> {
    Simulation::of(MODEL)
}

fn solved(question: &SolveQuestion) -> Result<Solution, Error> {
    solve(&run()?, question, &Simulator::new(), &())
}

/// Runs what was tried once more.
fn again(tried: &Try) -> Result<RunResult, Error> {
    let mut simulation = run()?;
    for set in &tried.set {
        let (key, value) = set.split_once('=').expect("a setting");
        simulation = simulation.set(key, value)?;
    }
    simulation.result(&Simulator::forgetful())
}

/// Answer and neighbour of a question that has both.
fn both(solution: &Solution) -> (&Try, &Try) {
    let found = solution.answer.as_ref().zip(solution.neighbour.as_ref());
    found.unwrap_or_else(|| panic!("an answer: {:?}", solution.reading))
}

/// Images a second at every value of a key from one to another, by a sweep.
fn swept(key: &str, from: u64, to: u64) -> Vec<f64> {
    let study = format!(
        r#"{{"name": "points", "fixed": {{"model": "mobilenet-v1", "resolution": 64, "machine.tiles": 96, "batch": 2}},
            "axes": [{{"key": "{key}", "range": {{"from": {from}, "to": {to}}}}}],
            "metrics": ["time.images_per_second"], "objectives": []}}"#
    );
    let study = Study::from_json(&study, "points.json").expect("a study");
    let evaluations = Sweep::new("points", study).evaluate(&()).expect("points");
    let speed = |evaluation: Evaluation| match evaluation {
        Evaluation::Done { metrics, .. } => metrics[0].expect("a speed"),
        Evaluation::Failed { reason } => panic!("{reason}"),
    };
    evaluations.into_iter().map(speed).collect()
}

#[test]
fn one_step_less_misses() -> Result<(), Error> {
    let base = run()?.result(&Simulator::forgetful())?.time.images_per_second;
    for (vary, gain) in [
        ("exchange_rate", 1.05),
        ("machine.exchange_launch_cycles", 1.02),
        ("machine.tile_memory_bytes", 0.5),
        ("clock_hz", 1.1),
        ("machine.vector_launch_cycles", 1.01),
    ] {
        let bound = base * gain;
        let question = SolveQuestion::new(vary, &format!("images_per_second >= {bound}"));
        let solution = solved(&question)?;
        if solution.base.reaches {
            assert_eq!(solution.outcome, Outcome::Already);
            continue;
        }
        let (answer, neighbour) = both(&solution);
        assert!(again(answer)?.time.images_per_second >= bound, "{vary}");
        assert!(again(neighbour)?.time.images_per_second < bound, "{vary}");
        assert!((answer.value - neighbour.value).abs() <= 1.0, "{vary}: one step");
        // Towards the run as it is.
        assert!((neighbour.factor.ln()).abs() < answer.factor.ln().abs());
    }
    Ok(())
}

#[test]
fn the_smallest_change_is_that_of_a_sweep() -> Result<(), Error> {
    let key = "machine.exchange_bytes_per_cycle";
    let speeds = swept(key, 1, 16);
    for gain in [1.005, 1.02, 1.04, 1.06, 1.08, 1.1] {
        let bound = speeds[3] * gain;
        let solution = solved(&SolveQuestion {
            limit: 4.0,
            ..SolveQuestion::new(key, &format!("images_per_second >= {bound}"))
        })?;
        // Of 4 bytes, those from 1 to 16 that reach it.
        let reaching = (1..=16_u64).filter(|rate| speeds[*rate as usize - 1] >= bound);
        let smallest = reaching.min_by(|a, b| {
            let change = |rate: u64| (rate as f64 / 4.0).ln().abs();
            change(*a).total_cmp(&change(*b))
        });
        let found = solution.answer.as_ref().map(|answer| answer.value as u64);
        if solution.monotone {
            assert_eq!(found, smallest, "{gain}");
        } else {
            // Then it says that a smaller change may do.
            assert!(found.is_some() || smallest.is_none(), "{gain}");
        }
    }
    Ok(())
}

#[test]
fn the_figure_of_another_network_is_a_goal() -> Result<(), Error> {
    let other = Simulation::of("mobilenet-v1@:resolution=64,machine.tiles=96,batch=2,width=0.75")?;
    let bound = other.result(&Simulator::forgetful())?.time.images_per_second;
    let question = SolveQuestion::new(
        "clock_hz",
        "images_per_second >= mobilenet-v1@:resolution=64,width=0.75",
    );
    let solution = solved(&question)?;
    assert_eq!(solution.goals[0].claim, format!("images_per_second >= {bound}"));
    let (answer, neighbour) = both(&solution);
    assert!(again(answer)?.time.images_per_second >= bound);
    assert!(again(neighbour)?.time.images_per_second < bound);
    Ok(())
}

#[test]
fn the_largest_that_fits_does_and_the_next_does_not() -> Result<(), Error> {
    let question = SolveQuestion {
        extreme: Some(Extreme::Largest),
        ..SolveQuestion::new("resolution", "fits")
    };
    let solution = solved(&question)?;
    let (answer, neighbour) = both(&solution);
    assert!(again(answer)?.memory.fits && !again(neighbour)?.memory.fits);
    assert!((neighbour.value - answer.value - 1.0).abs() < 1e-9);
    // In multiples, the next multiple.
    let solution = solved(&SolveQuestion {
        multiple: Some(32.0),
        ..question
    })?;
    let (answer, neighbour) = both(&solution);
    assert!((neighbour.value - answer.value - 32.0).abs() < 1e-9 && answer.value % 32.0 == 0.0);
    // And of memory the smallest: that of the peak.
    let solution = solved(&SolveQuestion {
        extreme: Some(Extreme::Smallest),
        ..SolveQuestion::new("sram", "fits")
    })?;
    let (answer, neighbour) = both(&solution);
    assert!(again(answer)?.memory.fits && !again(neighbour)?.memory.fits);
    assert!((answer.value - neighbour.value - 1.0).abs() < 1e-9);
    Ok(())
}

#[test]
fn constraints_hold_besides() -> Result<(), Error> {
    let base = run()?.set("width", 1.0)?.result(&Simulator::forgetful())?;
    let solution = solved(&SolveQuestion {
        constraints: vec![format!("parameters <= {}", base.theoretical.parameters / 2)],
        ..SolveQuestion::new(
            "width",
            &format!("images_per_second >= {}", base.time.images_per_second),
        )
    })?;
    let (answer, neighbour) = both(&solution);
    assert!(again(answer)?.theoretical.parameters <= base.theoretical.parameters / 2);
    assert!(again(neighbour)?.theoretical.parameters > base.theoretical.parameters / 2);
    assert!(
        neighbour
            .missed
            .iter()
            .any(|missed| missed.contains("parameters"))
    );
    Ok(())
}

#[test]
fn several_numbers_go_with_one_factor() -> Result<(), Error> {
    let base = run()?.result(&Simulator::forgetful())?.time.images_per_second;
    let solution = solved(&SolveQuestion {
        vary: vec!["exchange_rate".to_owned(), "sync_cycles:-1".to_owned()],
        ..SolveQuestion::new("", &format!("images_per_second >= {}", base * 1.05))
    })?;
    let (answer, neighbour) = both(&solution);
    let sync = (150.0 / answer.factor).round();
    assert_eq!(answer.set[1], format!("machine.sync_cycles={sync}"));
    assert!(again(answer)?.time.images_per_second >= base * 1.05);
    assert!(again(neighbour)?.time.images_per_second < base * 1.05);
    Ok(())
}

#[test]
fn what_cannot_be_reached_says_what_forbids_it() -> Result<(), Error> {
    let solution = solved(&SolveQuestion::new("exchange_rate", "images_per_second >= 1e7"))?;
    assert_eq!(solution.outcome, Outcome::NotReached);
    let (bound, nearest) = (solution.bound.expect("a bound"), solution.nearest.expect("a run"));
    assert!(bound.forbids && bound.images_per_second < 1e7);
    assert_eq!(bound.cycles, again(&nearest)?.time.cycles);
    assert!(bound.independent_cycles > 0 && bound.independent_cycles <= bound.cycles);
    // Compute is not exchange.
    let causes = again(&nearest)?.cycles_by_cause;
    assert!(bound.independent_cycles <= bound.cycles - causes.exchange / 2);
    Ok(())
}

#[test]
fn what_is_no_question() {
    let of = |vary: &str, goal: &str| SolveQuestion::new(vary, goal);
    for (question, argument) in [
        (of("norm", "fits"), "norm"),
        (of("batch", "speed >= 3"), "speed >= 3"),
        (of("batch", "cycles >= no-such-network"), ""),
        (
            SolveQuestion {
                limit: 1.0,
                ..of("batch", "fits")
            },
            "limit",
        ),
        (
            SolveQuestion {
                multiple: Some(0.5),
                ..of("batch", "fits")
            },
            "multiple",
        ),
        (
            SolveQuestion {
                vary: Vec::new(),
                ..of("", "fits")
            },
            "vary",
        ),
        (of("batch:2", "fits"), "batch"),
    ] {
        match solved(&question) {
            Err(Error::Argument { argument: found, .. }) if argument == found => {}
            Err(_) if argument.is_empty() => {}
            other => panic!("{argument}: {other:?}"),
        }
    }
}
