//! One piece of work, named on the command line, once: for counting instructions.

use std::{env, process::ExitCode};

use tilesim::Simulator;
use tilesim_benches::{Point, simulator};

fn main() -> ExitCode {
    let work = env::args().nth(1).unwrap_or_default();
    let first = Point::default();
    let again = |change: &[(&str, u64)]| {
        let simulator = simulator();
        first.cycles(&simulator);
        let changed = change
            .iter()
            .try_fold(first.simulation(), |run, (key, value)| run.set(key, value));
        changed
            .and_then(|run| run.profile(&simulator))
            .map_or(0, |profile| profile.cycles)
    };
    let after = |point: Point| {
        let simulator = simulator();
        first.cycles(&simulator);
        point.cycles(&simulator)
    };
    let cycles = match work.as_str() {
        "simulate" => first.cycles(&Simulator::forgetful()),
        "cold" => first.cycles(&simulator()),
        "warm" => again(&[]),
        "variant" => again(&[("stages.5.group_size", 8), ("stages.5.expand_ratio", 6)]),
        "batch" => again(&[("batch", 2)]),
        "memory" => after(Point {
            tile_memory_bytes: 768 * 1024,
            ..first
        }),
        "exchange" => after(Point {
            exchange_bytes_per_cycle: 5,
            ..first
        }),
        _ => return ExitCode::FAILURE,
    };
    // Whoever optimises the work away has to compute its result all the same.
    if cycles > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
