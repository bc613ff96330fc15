//! What the bundled networks cost, on a Mk2 at batch 1: a line each in `bundled_networks.csv`.
//!
//! After a change that means to move them, `UPDATE_GOLDEN=1 cargo test -p tilesim --test bundled_networks` writes it anew.
#![allow(missing_docs)]

use std::{fs, path::Path};

use tilesim::{Error, Simulation, Simulator};

const TITLE: &str = "network,macs,parameters,cycles,peak_bytes,exchange_bytes\n";

fn line(name: &str, simulator: &Simulator) -> Result<String, Error> {
    let result = Simulation::of(name)?.result(simulator)?;
    let cycles = result.time.cycles;
    let by_cause = serde_json::to_value(result.cycles_by_cause).expect("JSON");
    let causes = by_cause.as_object().expect("a cause a field").values();
    let sum: u64 = causes.filter_map(serde_json::Value::as_u64).sum();
    assert_eq!(sum, cycles, "{name}");
    // 64 multiply-accumulates of halves a cycle and tile.
    assert!(cycles >= result.theoretical.macs / (64 * 1472), "{name}");
    Ok(format!(
        "{name},{},{},{cycles},{},{}\n",
        result.theoretical.macs,
        result.theoretical.parameters,
        result.memory.peak_bytes,
        result.traffic.exchange_bytes
    ))
}

#[test]
fn bundled_networks_cost_what_they_did() -> Result<(), Error> {
    let simulator = Simulator::new();
    let mut found = TITLE.to_owned();
    for name in tilesim_models::bundled_names() {
        found.push_str(&line(name, &simulator)?);
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bundled_networks.csv");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &found).expect("a table is written");
    }
    let expected = fs::read_to_string(&path).expect("the table");
    assert_eq!(found, expected);
    Ok(())
}
