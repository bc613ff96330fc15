//! The search against the vendor's own choices.
#![allow(clippy::print_stdout)]

mod vendor;

use std::time::{Duration, Instant};

use tilesim_codelets::Count;
use tilesim_lower::planner;
use vendor::{machine_of, rows, tables};

#[test]
fn no_given_plan_is_cheaper() {
    let Some(tables) = tables() else { return };
    let limit = std::env::var("ROWS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(usize::MAX);
    let mut ratios = Vec::new();
    let mut times = Vec::new();
    let mut dearer = 0;
    let mut all = rows(&tables.join("PlannerLayerBest_open.csv"));
    all.retain(|row| row.given_temporary_bytes < 380_000);
    for row in all.iter().take(limit) {
        let machine = machine_of(row);
        let given =
            planner::cost(&machine, &row.convolution, &row.options, &row.plan, Count::Vendor).expect("cost");
        let start = Instant::now();
        let found = planner::plan(&machine, &row.convolution, &row.options, Count::Vendor).expect("a plan");
        times.push(start.elapsed());
        ratios.push(found.cost.cycles() as f64 / given.cycles() as f64);
        if found.cost.cycles() > given.cycles() {
            dearer += 1;
            if dearer < 4 {
                println!(
                    "{} > {}: {row:?}\n{:?}",
                    found.cost.cycles(),
                    given.cycles(),
                    found
                );
            }
        }
    }
    times.sort();
    ratios.sort_by(f64::total_cmp);
    let total: Duration = times.iter().sum();
    println!(
        "{} rows, {dearer} dearer, median ratio {}",
        ratios.len(),
        ratios[ratios.len() / 2]
    );
    println!(
        "total {total:?}, median {:?}, worst {:?}",
        times[times.len() / 2],
        times[times.len() - 1]
    );
    assert_eq!(dearer, 0);
}
