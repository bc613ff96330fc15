//! One piece of work, named on the command line, once: for counting instructions.

use std::{env, process::ExitCode};

use tilesim::Simulator;
use tilesim_benches::{Point, simulator};

fn main() -> ExitCode {
    let work = env::args().nth(1).unwrap_or_default();
    let first = Point::default();
    let after = |point: Point| {
        let simulator = simulator();
        first.cycles(&simulator);
        point.cycles(&simulator)
    };
    let cycles = match work.as_str() {
        "simulate" => first.cycles(&Simulator::forgetful()),
        "cold" => first.cycles(&simulator()),
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
