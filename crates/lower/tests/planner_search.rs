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

/// Rows of the shipped planner whose plans are of one convolution alone, and whose options are ours.
fn comparable(row: &planner::table::PlannedRow) -> bool {
    !row.options.pass.is_fully_connected() && !row.target.contains("coeff")
}

#[test]
fn plans_of_the_shipped_planner_are_matched() {
    let Some(tables) = tables() else { return };
    for name in ["effnet", "grid", "bench", "sensitivity"] {
        let all = rows(&tables.join(format!("{name}_planned_open.csv")));
        let mut within = 0;
        let mut dearer = 0;
        let mut count = 0;
        let mut times = Vec::new();
        let mut ratio = Vec::new();
        let step = std::env::var("STEP")
            .ok()
            .and_then(|n| n.parse().ok())
            .unwrap_or(1);
        for row in all.iter().filter(|row| comparable(row)).step_by(step) {
            count += 1;
            let machine = machine_of(row);
            let given = planner::cost(&machine, &row.convolution, &row.options, &row.plan, Count::Vendor)
                .expect("cost");
            let difference = given.cycles().abs_diff(row.given_cycles) as f64 / row.given_cycles as f64;
            within += usize::from(difference <= 0.05);
            if difference > 0.05 && std::env::var_os("SHOW").is_some() {
                println!("{} for {}: {row:?} {given:?}", given.cycles(), row.given_cycles);
            }
            let mut options = row.options.clone();
            let memory = machine.tile_memory_bytes as f64;
            options.available_memory_proportion = options
                .available_memory_proportion
                .max((given.temporary_bytes() + 1) as f64 / memory);
            let start = Instant::now();
            let found = planner::plan(&machine, &row.convolution, &options, Count::Vendor).expect("a plan");
            times.push(start.elapsed());
            if times[times.len() - 1] > Duration::from_millis(100) {
                println!(
                    "{:?}: {:?} {:?} memory {}",
                    times[times.len() - 1],
                    row.convolution,
                    row.options.pass,
                    row.options.available_memory_proportion
                );
            }
            ratio.push(found.cost.cycles() as f64 / given.cycles() as f64);
            if found.cost.cycles() > given.cycles() {
                dearer += 1;
                if dearer < 20 {
                    println!(
                        "{} > {}: {:?} {:?} {:?}",
                        found.cost.cycles(),
                        given.cycles(),
                        row.convolution,
                        row.options.pass,
                        row.plan
                    );
                }
            }
        }
        times.sort();
        ratio.sort_by(f64::total_cmp);
        let total: Duration = times.iter().sum();
        println!(
            "{name}: {within} of {count} within 5 %, {dearer} dearer, ratio median {:.4} least {:.4}",
            ratio[ratio.len() / 2],
            ratio[0]
        );
        println!(
            "total {total:?}, median {:?}, p90 {:?}, worst {:?}",
            times[times.len() / 2],
            times[times.len() * 9 / 10],
            times[times.len() - 1]
        );
    }
}

/// Time to plan each network's inference from an empty cache on one core.
#[test]
#[ignore = "a measurement; run it in release mode"]
fn time_of_the_networks() {
    let Some(tables) = tables() else { return };
    let path = tables.join("effnet_planned_open.csv");
    let all = rows(&path);
    let mut reader = csv::Reader::from_path(&path).expect("table");
    let used: Vec<String> = reader
        .records()
        .map(|r| r.expect("record")[2].to_owned())
        .collect();
    for pass in [
        planner::Pass::InferenceForward,
        planner::Pass::TrainingWeightUpdate,
        planner::Pass::TrainingBackward,
    ] {
        for network in [
            "B0-G1", "B0-G16", "B2-G1", "B2-G16", "B4-G1", "B4-G16", "B5-G1", "B5-G16",
        ] {
            let mut seen = Vec::new();
            let mut time = Duration::ZERO;
            let mut worst = (Duration::ZERO, String::new());
            for (row, used) in all.iter().zip(&used) {
                if row.options.pass != pass || !used.split(' ').any(|u| u == network) {
                    continue;
                }
                if row.options.partials_type != tilesim_machine::ElementType::F16 {
                    continue;
                }
                if row.options.available_memory_proportion < 0.6 {
                    continue;
                }
                if seen.contains(&row.convolution) {
                    continue;
                }
                let machine = machine_of(row);
                let start = Instant::now();
                let _ = planner::plan(&machine, &row.convolution, &row.options, Count::Vendor);
                let t = start.elapsed();
                time += t;
                if t > worst.0 {
                    worst = (t, format!("{:?}", row.convolution));
                }
                seen.push(row.convolution.clone());
            }
            println!(
                "{network} {pass:?}: {} convolutions in {time:?}, {:?} each; worst {worst:?}",
                seen.len(),
                time / seen.len().max(1) as u32
            );
        }
    }
}
