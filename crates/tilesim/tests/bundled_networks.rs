//! What the bundled networks cost, on a Mk2 at batch 1: a line each in `bundled_networks.csv`.
//!
//! After a change that means to move them, `UPDATE_GOLDEN=1 cargo test -p tilesim --test bundled_networks` writes it anew.
#![allow(missing_docs)]

use std::{fs, path::Path};

use tilesim::{
    Error, MachineVariant, Network, Simulation, Simulator,
    graph::{Graph, OpKind, fold_batch_norm},
};
use tilesim_test_support::reference;

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

/// A bundled network, its settings, and its export.
type ZooNetwork = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

const ZOO: &[ZooNetwork] = &[
    ("convnext-tiny", &[], "convnext_tiny.onnx"),
    ("efficientnetv2-s", &[], "efficientnet_v2_s.onnx"),
    ("mobilenet-v2", &[], "mobilenet_v2.onnx"),
    ("mobilenet-v3-small", &[], "mobilenet_v3_small.onnx"),
    ("mobilenet-v3-large", &[], "mobilenet_v3_large.onnx"),
    ("regnet-x-400mf", &[], "regnet_x_400mf.onnx"),
    ("resnet18", &[], "resnet18.onnx"),
    ("resnet50", &[("group_width", "128")], "wide_resnet50_2.onnx"),
    ("resnext50-32x4d", &[], "resnext50_32x4d.onnx"),
];

/// The positions of products with weights, in their order.
fn products(graph: &Graph) -> Vec<usize> {
    let is = |kind: &OpKind| matches!(kind, OpKind::Convolution(_) | OpKind::FullyConnected);
    let ops = graph.ops.iter().enumerate();
    ops.filter(|(_, op)| is(&op.kind))
        .map(|(index, _)| index)
        .collect()
}

/// A graph without the biases that its export has left out: one exporter drops those of zeros, which untrained networks have.
fn with_biases_of(mut graph: Graph, file: &Graph) -> Graph {
    let (own, others) = (products(&graph), products(file));
    assert_eq!(own.len(), others.len());
    for (own, other) in own.into_iter().zip(others) {
        let there = file.ops[other].inputs.len();
        graph.ops[own].inputs.truncate(there);
    }
    graph
}

/// The same network from its specification and from its export takes the same time and memory.
#[test]
fn exports_of_the_zoo_cost_what_the_bundled_networks_cost() -> Result<(), Error> {
    let Some(folder) = reference::path("onnx/zoo") else {
        return Ok(());
    };
    let simulator = Simulator::new();
    for (name, settings, file) in ZOO {
        let path = folder.join(file).display().to_string();
        for batch in [1, 4] {
            let mut network = Network::load(name)?;
            for (key, value) in *settings {
                network.set(key, value)?;
            }
            let export = Network::load(&path)?;
            let graph = fold_batch_norm(&network.graph(batch)?);
            let graph = with_biases_of(graph, &fold_batch_norm(&export.graph(batch)?));
            let own = Network::from_code(name, move |_| Ok(graph.clone()));
            let results = [own, export].map(|network| {
                let simulation = Simulation::new(network, MachineVariant::load("mk2")?).batch(batch);
                simulation.result(&simulator)
            });
            let [own, export] = results;
            let (own, export) = (own?, export?);
            assert_eq!(own.time.cycles, export.time.cycles, "{file}, batch {batch}");
            assert_eq!(own.cycles_by_cause, export.cycles_by_cause, "{file}");
            assert_eq!(own.memory.peak_bytes, export.memory.peak_bytes, "{file}");
            assert_eq!(
                own.traffic.exchange_bytes, export.traffic.exchange_bytes,
                "{file}"
            );
        }
    }
    Ok(())
}
