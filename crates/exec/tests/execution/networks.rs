//! Whole networks: every operator as the plain evaluator computes it.

use tilesim_exec::{Mode, execute, fold_batch_norm, seeded_inputs, seeded_weights};
use tilesim_graph::{Activation, Convolution, ElementType, GraphBuilder, LayerKind};
use tilesim_lower::{PlanSource, lower};
use tilesim_terms::Cancellation;

use crate::common::{compare, first_difference, half, machine};

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

/// Attention before norms and behind them, several images at a time.
#[test]
fn transformers() {
    let small = ("num_classes", "10");
    let settings = [small, ("layers", "2"), ("resolution", "64")];
    for (name, settings) in [
        ("deit-tiny", settings.as_slice()),
        ("bert-base", &[small, ("layers", "1"), ("sequence", "24")]),
    ] {
        for batch in [1, 3] {
            let mut spec = tilesim_models::ModelSpec::load(name).expect("a bundled network");
            for (key, value) in settings {
                spec.set(key, value).expect("a setting");
            }
            let graph = tilesim_models::build(&spec, batch).expect("a graph");
            assert_eq!(first_difference(&graph, &machine(1472), &half()), None, "{name}");
        }
    }
}

/// Tiles that share a cell out hold other positions of it where rows and columns are one dimension: those of a cell of several rows
/// that are not whole come in another order then.
#[test]
fn rows_and_columns_become_one_dimension() {
    let convolution = Convolution::new(2, 3, 192, &[64, 64], &[16, 16]).strided(16);
    let mut builder = GraphBuilder::new("flat", ElementType::F16);
    builder.layer("layer", "block", LayerKind::Conv);
    let x = builder
        .input("x", convolution.input_shape(), ElementType::F16)
        .expect("an input");
    let weights = builder
        .parameter("weights", convolution.weight_shape())
        .expect("weights");
    let y = builder
        .convolution("conv", convolution, x, weights, None)
        .expect("a convolution");
    let y = builder.reshape("flat", y, &[2, 192, 16]).expect("a reshape");
    let y = builder
        .activation("active", Activation::Relu, y)
        .expect("an activation");
    let graph = builder.finish(vec![y]).expect("a graph");
    assert_eq!(first_difference(&graph, &machine(1472), &half()), None);
}
