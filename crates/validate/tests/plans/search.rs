//! The search against the vendor's own choices.

use tilesim_codelets::Count;

use crate::planned_rows::{machine_of, planned_rows};

/// Of how many rows the tests that run by default take one.
const SAMPLE: usize = 9;

/// Plans every `step`th row of `table` under the memory that the given plan needs; panics where the given plan is cheaper.
/// Returns the share of rows whose given plan costs within 5 % of what the table says.
fn plan_rows(table: &str, step: usize) -> Option<f64> {
    let all = planned_rows(table)?;
    let mut within = 0u32;
    let mut count = 0u32;
    // Passes that were planned as one have a test of their own.
    for row in all.iter().filter(|row| row.joint.is_none()).step_by(step) {
        count += 1;
        let machine = machine_of(row);
        let Ok(given) =
            tilesim_planner::cost(&machine, &row.convolution, &row.options, &row.plan, Count::Vendor)
        else {
            continue;
        };
        let difference = given.cycles().abs_diff(row.given_cycles) as f64 / row.given_cycles as f64;
        within += u32::from(difference <= 0.05);

        let mut options = row.options.clone();
        let needed = (given.temporary_bytes() + 1) as f64 / machine.tile_memory_bytes as f64;
        options.available_memory_proportion = options.available_memory_proportion.max(needed);
        let found =
            tilesim_planner::plan(&machine, &row.convolution, &options, Count::Vendor).expect("a plan");
        assert!(
            found.cost.cycles() <= given.cycles(),
            "{} cycles found, {} given for {row:?}",
            found.cost.cycles(),
            given.cycles()
        );
    }
    let share = f64::from(within) / f64::from(count);
    println!("{table}: {within} of {count} rows within 5 %");
    Some(share)
}

#[test]
fn assignments_of_the_current_model_are_not_cheaper() {
    for table in ["PlannerLayerBest_open.csv", "PlannerLayerSample_open.csv"] {
        let share = plan_rows(table, SAMPLE).unwrap_or(1.0);
        assert!(share >= 0.99, "{table}: {share}");
    }
}

#[test]
fn plans_of_the_shipped_planner_are_not_cheaper() {
    for table in ["effnet", "grid", "bench", "sensitivity"] {
        let share = plan_rows(&format!("{table}_planned_open.csv"), SAMPLE).unwrap_or(1.0);
        assert!(share >= 0.9, "{table}: {share}");
    }
}

#[test]
#[ignore = "all rows; run it in release mode"]
fn no_given_plan_is_cheaper() {
    for table in [
        "PlannerLayerBest",
        "effnet_planned",
        "grid_planned",
        "bench_planned",
        "sensitivity_planned",
    ] {
        let _ = plan_rows(&format!("{table}_open.csv"), 1);
    }
}
