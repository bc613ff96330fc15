//! Whole networks: every operator as the plain evaluator computes it.

use tilesim_exec::{Mode, execute, fold_batch_norm, seeded_inputs, seeded_weights};
use tilesim_lower::{PlanSource, lower};
use tilesim_terms::Cancellation;

use crate::common::{compare, half, machine};

fn run(name: &str) {
    run_with(name, &[]);
}

fn run_with(name: &str, settings: &[(&str, &str)]) {
    let mut spec = tilesim_models::ModelSpec::load(name).expect("a bundled network");
    for (key, value) in settings {
        spec.set(key, value).expect("a setting");
    }
    let graph = tilesim_models::build(&spec, 1).expect("a graph");
    let folded = tilesim_graph::fold_batch_norm(&graph);
    let weights = seeded_weights(&graph, 1);
    let inputs = seeded_inputs(&graph, 2);
    let folded_weights = fold_batch_norm(&graph, &folded, &weights);
    let program = lower(&folded, &machine(1472), &half(), PlanSource::Own)
        .expect("a program")
        .program;
    execute(
        &program,
        &inputs,
        &folded_weights,
        Mode::Machine,
        &Cancellation::never(),
    )
    .expect("executes with half data");
    let difference = compare(&folded, &program, &inputs, &folded_weights, Mode::Float, 1e-4);
    assert_eq!(difference, None, "{name}");
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

/// The other families, with smaller images.
#[test]
fn families() {
    let small = ("resolution", "64");
    for name in ["mobilenet-v2", "mobilenet-v3-small", "regnet-x-400mf", "resnet18"] {
        run_with(name, &[small]);
    }
    let stages = "[{\"kernel\": 3, \"stride\": 2, \"expand_ratio\": 4, \"channels\": 24, \"repeats\": 2, \"fused\": true},
        {\"kernel\": 3, \"stride\": 2, \"expand_ratio\": 6, \"channels\": 40, \"repeats\": 2}]";
    run_with("efficientnetv2-s", &[small, ("stages", stages)]);
    let stages = "[{\"channels\": 48, \"repeats\": 1}, {\"channels\": 96, \"repeats\": 2}]";
    run_with("convnext-tiny", &[small, ("stages", stages)]);
}
