//! Plans that are chosen by what the whole network takes.
#![allow(missing_docs)]

use tilesim::{Error, Planning, RunOptions, Simulation, Simulator, Training};

const NETWORKS: [&str; 5] = [
    "mobilenet-v1",
    "mobilenet-v3-small",
    "efficientnet-b0-g16",
    "resnet18",
    "regnet-x-400mf",
];

#[test]
fn no_network_is_slower_than_with_the_vendors_plans() -> Result<(), Error> {
    let simulator = Simulator::new();
    for network in NETWORKS {
        for precision in ["16.16", "32.32"] {
            let vendor = Simulation::of(network)?.set("precision", precision)?;
            let aware = vendor.clone().planning(Planning::LayoutAware);
            let (usual, found) = (vendor.result(&simulator)?, aware.result(&simulator)?);
            assert!(found.time.cycles <= usual.time.cycles, "{network} {precision}");
            assert_eq!(found.run.planning, Planning::LayoutAware);
            let by_cause = serde_json::to_value(found.cycles_by_cause).expect("JSON");
            let causes = by_cause.as_object().expect("a cause a field").values();
            let sum: u64 = causes.filter_map(serde_json::Value::as_u64).sum();
            assert_eq!(sum, found.time.cycles, "{network}: causes");
        }
    }
    Ok(())
}

/// What is gained on the bundled networks is some per cent: none would mean that nothing is tried.
#[test]
fn most_networks_are_faster() -> Result<(), Error> {
    let simulator = Simulator::new();
    let run = Simulation::of("efficientnet-b0-g16")?.batch(4);
    let usual = run.result(&simulator)?.time.cycles as f64;
    let found = run
        .planning(Planning::LayoutAware)
        .result(&simulator)?
        .time
        .cycles as f64;
    assert!(found < 0.98 * usual, "{found} of {usual} cycles");
    Ok(())
}

#[test]
fn what_is_found_depends_on_no_thread_and_no_earlier_run() -> Result<(), Error> {
    let run = Simulation::of("mobilenet-v3-small")?.planning(Planning::LayoutAware);
    let pool = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads")
    };
    let alone = pool(1).install(|| run.lower(&Simulator::forgetful()))?;
    let warm = Simulator::new();
    run.clone().batch(2).result(&warm)?;
    for threads in [1, 2, 7] {
        assert_eq!(
            pool(threads).install(|| run.lower(&warm))?,
            alone,
            "{threads} threads"
        );
    }
    Ok(())
}

/// Where memory is short, what fits with the vendor's plans fits with these.
#[test]
fn what_fits_still_fits() -> Result<(), Error> {
    let simulator = Simulator::new();
    let run = Simulation::of("mobilenet-v1")?.batch(4);
    let needed = run.result(&simulator)?.memory.peak_bytes;
    for share in [100, 101, 104, 110] {
        let run = run
            .clone()
            .set("machine.tile_memory_bytes", needed * share / 100 / 8 * 8)?;
        let usual = run.result(&simulator)?;
        let found = run.planning(Planning::LayoutAware).result(&simulator)?;
        assert!(
            usual.memory.peak_bytes > usual.memory.tile_bytes
                || found.memory.peak_bytes <= found.memory.tile_bytes,
            "{share} %: {} of {} bytes",
            found.memory.peak_bytes,
            found.memory.tile_bytes
        );
    }
    Ok(())
}

#[test]
fn traces_show_the_plans_that_are_run() -> Result<(), Error> {
    let simulator = Simulator::new();
    let run = Simulation::of("mobilenet-v1")?
        .planning(Planning::LayoutAware)
        .run(&simulator)?;
    let plans = run.traces()?.plans;
    let planned: Vec<_> = run
        .layers()
        .iter()
        .filter(|layer| !layer.plan.is_empty())
        .collect();
    assert!(planned.iter().all(|layer| {
        plans
            .iter()
            .any(|plan| plan.layer == layer.name && plan.plan == layer.plan)
    }));
    Ok(())
}

#[test]
fn training_refuses_it() {
    let options = RunOptions {
        planning: Planning::LayoutAware,
        ..RunOptions::default()
    };
    let error = Training::with_options(Some("resnet18"), None, &options).expect_err("unsupported");
    assert!(error.to_string().contains("inference alone"), "{error}");
    let error = Simulation::of("resnet18@mk2:planning=best").expect_err("no planning");
    assert!(error.to_string().contains("vendor or layout_aware"), "{error}");
}
