//! Whole networks: every operator as the plain evaluator computes it.

mod common;

use std::time::Instant;

use tilesim_exec::{Mode, evaluate, execute, fold_batch_norm, seeded_inputs, seeded_weights};
use tilesim_lower::lower;

fn run(name: &str) {
    let spec = tilesim_models::ModelSpec::load(name).expect("a bundled network");
    let graph = tilesim_models::build(&spec, 1).expect("a graph");
    let folded = tilesim_graph::fold_batch_norm(&graph);
    let weights = seeded_weights(&graph, 1);
    let inputs = seeded_inputs(&graph, 2);
    let folded_weights = fold_batch_norm(&graph, &folded, &weights);
    let program = lower(&folded, &common::machine(1472), &common::half()).expect("a program");
    if std::env::var("TIME").is_ok() {
        for _ in 0..2 {
            for mode in [Mode::Float, Mode::Machine] {
                let now = Instant::now();
                let outputs = execute(&program, &inputs, &folded_weights, mode).expect("executes");
                println!("{name} {mode:?}: {:?} {}", now.elapsed(), outputs.len());
            }
        }
    }
    let difference = common::compare(&folded, &program, &inputs, &folded_weights, Mode::Float, 1e-4);
    assert_eq!(difference, None, "{name}");
    let _ = evaluate;
}

#[test]
fn efficientnet_b0_g1() {
    run("efficientnet-b0-g1");
}

#[test]
fn efficientnet_b0_g16() {
    run("efficientnet-b0-g16");
}

#[test]
fn resnet50() {
    run("resnet50");
}
