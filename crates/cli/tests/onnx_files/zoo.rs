//! Published networks without their weights: theoretical cost to the unit, and a simulation that holds together.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tilesim_test_support::reference;

use crate::case::{hold, said, tilesim};

/// A file, its input's shape and its multiply-accumulates, as the zoo's table has them.
struct Network {
    path: PathBuf,
    file: String,
    shape: String,
    /// Whether height and width are left open.
    is_dynamic: bool,
    macs: u64,
}

fn networks(zoo: &Path) -> Vec<Network> {
    let mut reader = csv::Reader::from_path(zoo.join("zoo.csv")).expect("a table");
    let header = reader.headers().expect("a header").clone();
    let rows = reader.records().map(|row| {
        let row = row.expect("a row");
        let cell = |name: &str| {
            let column = header.iter().position(|column| column == name).expect(name);
            row[column].to_owned()
        };
        Network {
            path: zoo.join(cell("file")),
            file: cell("file"),
            shape: cell("shape"),
            is_dynamic: cell("dynamic").contains("height"),
            macs: cell("macs").parse().expect("a number"),
        }
    });
    rows.collect()
}

/// The shape with another number of images.
fn with_batch(shape: &str, batch: u64) -> String {
    let sizes = shape.split_once('x').map_or("", |(_, sizes)| sizes);
    format!("{batch}x{sizes}")
}

fn answer(command: &str, network: &Network, batch: u64) -> Result<Value, String> {
    let path = network.path.to_string_lossy();
    let (batch, shape) = (batch.to_string(), with_batch(&network.shape, batch));
    let mut arguments = vec![command, &path, "--batch", &batch, "--format", "json", "--quiet"];
    if network.is_dynamic {
        arguments.extend(["--input", &shape]);
    }
    let output = tilesim(&arguments);
    serde_json::from_slice(&output.stdout).map_err(|_| format!("{}: {}", network.file, said(&output)))
}

fn check(network: &Network, batch: u64) -> Result<(), String> {
    let cost = answer("cost", network, batch)?;
    let macs = cost["totals"]["macs"].as_u64();
    let expected = network.macs * batch;
    if macs != Some(expected) {
        return Err(format!(
            "{}: {macs:?} multiply-accumulates, not {expected}",
            network.file
        ));
    }
    let result = answer("simulate", network, batch)?;
    let number = |path: &str| result.pointer(path).and_then(Value::as_u64).unwrap_or(0);
    let (cycles, tiles) = (number("/time/cycles"), number("/machine/tiles"));
    if cycles == 0 || cycles < expected / (64 * tiles) {
        return Err(format!("{}: {cycles} cycles on {tiles} tiles", network.file));
    }
    let causes = result["cycles_by_cause"].as_object();
    let causes: u64 = causes
        .into_iter()
        .flatten()
        .filter_map(|(_, part)| part.as_u64())
        .sum();
    if causes != cycles {
        return Err(format!(
            "{}: causes come to {causes} of {cycles} cycles",
            network.file
        ));
    }
    Ok(())
}

#[test]
fn networks_cost_what_they_should() {
    let Some(zoo) = reference::path("onnx/zoo") else {
        return;
    };
    let networks = networks(&zoo);
    hold(&networks, |network| {
        check(network, 1)?;
        check(network, 4)
    });
}
