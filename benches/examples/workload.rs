//! One piece of work, named on the command line, once: for counting instructions.

use std::{env, process::ExitCode};

use tilesim_benches::{Point, SharedRuns};
use tilesim_lower::{LowerOptions, PlanSource, lower};
use tilesim_sim::{GeometrySource, simulate};

fn main() -> ExitCode {
    let work = env::args().nth(1).unwrap_or_default();
    let first = Point::default();
    let after = |point: Point| {
        let runs = SharedRuns::default();
        runs.cycles(&first);
        runs.cycles(&point)
    };
    let cycles = match work.as_str() {
        "simulate" => {
            let lowered = lower(
                &first.graph(),
                &first.machine(),
                &LowerOptions::default(),
                PlanSource::Own,
            );
            let profile =
                lowered.map(|lowered| simulate(&lowered.program, &first.machine(), GeometrySource::Own));
            profile
                .ok()
                .and_then(Result::ok)
                .map_or(0, |profile| profile.cycles)
        }
        "cold" => SharedRuns::default().cycles(&first),
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
