//! Training steps: every operator of the forward pass, the backward pass and the update as the plain evaluator computes it.

use tilesim_exec::{Mode, Tensor, Tensors, evaluate, seeded_inputs, seeded_weights};
use tilesim_graph::{
    Activation, Graph, LayerwiseAdaptiveRate, NormKind, PoolKind, TensorKind, TrainingGraph, TrainingOptions,
    autodiff::{BatchStatistics, Optimiser, segmented_stage},
    join_proxies, training_graph,
};
use tilesim_lower::{BatchNorms, LowerOptions, PlanSource, lower};
use tilesim_machine::Machine;
use tilesim_models::{ModelSpec, build};

use tilesim_terms::{
    Augmentation, Cancellation, Framework, FunctionCopies, KernelLibrary, ScalarDivision, Software,
    SwishKernel, Toolchain, TranspositionKernel, VerticalMacKernel,
};

use crate::{
    common::{compare, half, machine},
    training_networks,
};

/// Nothing is dropped, so that what is computed is known.
fn options(optimiser: Optimiser) -> TrainingOptions {
    TrainingOptions {
        optimiser,
        dropout: 0.0,
        stochastic_depth: 0.0,
        weight_decay: 1e-3,
        input_gradients: true,
        ..TrainingOptions::default()
    }
}

fn root_mean_square() -> Optimiser {
    TrainingOptions::default().optimiser
}

/// Made-up inputs: labels are classes, in turn.
fn inputs(training: &TrainingGraph) -> Tensors {
    let mut inputs = seeded_inputs(&training.graph, 1);
    let labels = training.graph.tensor(training.labels);
    let classes = training.graph.tensor(training.logits).shape[1];
    inputs.insert(
        labels.name.clone(),
        Tensor {
            shape: labels.shape.clone(),
            values: (0..labels.elements())
                .map(|label| (label * 7 % classes) as f32)
                .collect(),
        },
    );
    let rate = training.graph.tensor(training.learning_rate);
    inputs.insert(
        rate.name.clone(),
        Tensor {
            shape: rate.shape.clone(),
            values: vec![0.125],
        },
    );
    inputs
}

/// Made-up parameters, and state that is positive, as mean squares are.
fn weights(graph: &Graph) -> Tensors {
    let mut weights = seeded_weights(graph, 2);
    for tensor in &graph.tensors {
        if tensor.kind == TensorKind::OptimiserState {
            weights.insert(
                tensor.name.clone(),
                Tensor {
                    shape: tensor.shape.clone(),
                    values: (0..tensor.elements())
                        .map(|index| 0.01 * (1 + index % 5) as f32)
                        .collect(),
                },
            );
        }
    }
    weights
}

/// What differs from the plain evaluator, if anything does, on so many tiles.
fn difference(network: &Graph, optimiser: Optimiser, tiles: u32, tolerance: f64) -> Option<String> {
    let training = training_graph(network, &options(optimiser)).expect("a training graph");
    difference_of(&training, &Tensors::new(), tiles, tolerance)
}

/// The same of a training step, with some weights given.
fn difference_of(training: &TrainingGraph, given: &Tensors, tiles: u32, tolerance: f64) -> Option<String> {
    difference_with(LIBRARY, training, given, tiles, tolerance)
}

/// What runs where a test says nothing else.
const LIBRARY: Toolchain = Toolchain {
    framework: Framework::LIBRARY,
    software: Software {
        swish: SwishKernel::Fused,
        gradient_division: ScalarDivision::Multiply,
        kernels: KernelLibrary {
            vertical_mac: VerticalMacKernel::ManyGroups,
            transposition: TranspositionKernel::SplitMatrices,
        },
    },
};

/// The same with what puts the program together.
fn difference_with(
    toolchain: Toolchain,
    training: &TrainingGraph,
    given: &Tensors,
    tiles: u32,
    tolerance: f64,
) -> Option<String> {
    let Toolchain { framework, software } = toolchain;
    let options = LowerOptions {
        framework,
        software,
        ..half()
    };
    difference_under(&options, training, given, tiles, tolerance)
}

/// The same under options.
fn difference_under(
    options: &LowerOptions,
    training: &TrainingGraph,
    given: &Tensors,
    tiles: u32,
    tolerance: f64,
) -> Option<String> {
    let machine = Machine {
        library: options.software.kernels,
        ..machine(tiles)
    };
    let mut weights = weights(&training.graph);
    weights.extend(given.clone());
    let program = match lower(&training.graph, &machine, options, PlanSource::Own) {
        Ok(lowered) => lowered.program,
        Err(error) => return Some(format!("does not lower: {error}")),
    };
    compare(
        &training.graph,
        &program,
        &inputs(training),
        &weights,
        Mode::Float,
        tolerance,
    )
}

#[test]
fn every_norm_and_activation() {
    for norm in training_networks::NORMS {
        for activation in [Activation::Swish, Activation::Relu, Activation::Sigmoid] {
            for tiles in [1, 7, 64] {
                let network = training_networks::small(norm, activation).expect("a network");
                let difference = difference(&network, root_mean_square(), tiles, 1e-4);
                assert_eq!(difference, None, "{norm:?}, {activation:?}, {tiles} tiles");
            }
        }
    }
}

/// Replicas that are given the same have the statistics of one of them, and its gradients; so have both ways of working them out.
#[test]
fn batch_norms_over_replicas_and_in_one_pass() {
    let network = training_networks::small(Some(NormKind::Batch), Activation::Relu).expect("a network");
    let training = training_graph(&network, &options(root_mean_square())).expect("a training graph");
    for (replicas, one_pass) in [(2, false), (1, true), (4, true)] {
        let options = LowerOptions {
            batch_norms: BatchNorms { replicas, one_pass },
            ..half()
        };
        let difference = difference_under(&options, &training, &Tensors::new(), 40, 1e-3);
        assert_eq!(difference, None, "{replicas}, {one_pass}");
    }
}

#[test]
fn every_way_to_compute_swish() {
    for swish in [
        SwishKernel::Composed,
        SwishKernel::FusedInPlace,
        SwishKernel::Fused,
    ] {
        let software = Software {
            swish,
            gradient_division: ScalarDivision::Divide,
            kernels: KernelLibrary {
                vertical_mac: VerticalMacKernel::FloatPartials,
                transposition: TranspositionKernel::WholeMatrices,
            },
        };
        let toolchain = Toolchain { software, ..LIBRARY };
        for norm in training_networks::NORMS {
            let network = training_networks::small(norm, Activation::Swish).expect("a network");
            let training = training_graph(&network, &options(root_mean_square())).expect("a training graph");
            for tiles in [1, 40] {
                let difference = difference_with(toolchain, &training, &Tensors::new(), tiles, 1e-4);
                assert_eq!(difference, None, "{swish:?}, {norm:?}, {tiles} tiles");
            }
        }
    }
}

#[test]
fn every_copy_of_functions() {
    for function_copies in [
        FunctionCopies::Elided,
        FunctionCopies::Interfering,
        FunctionCopies::Kept,
        FunctionCopies::Held,
    ] {
        let framework = Framework {
            function_copies,
            ..Framework::LIBRARY
        };
        let toolchain = Toolchain { framework, ..LIBRARY };
        for norm in training_networks::NORMS {
            let network = training_networks::small(norm, Activation::Swish).expect("a network");
            let training = training_graph(&network, &options(root_mean_square())).expect("a training graph");
            for tiles in [1, 40] {
                let difference = difference_with(toolchain, &training, &Tensors::new(), tiles, 1e-4);
                assert_eq!(difference, None, "{function_copies:?}, {norm:?}, {tiles} tiles");
            }
        }
    }
}

#[test]
fn images_are_augmented() {
    for (mixup, cutmix) in [(false, false), (true, false), (true, true)] {
        let network = training_networks::small(None, Activation::Swish).expect("a network");
        let options = TrainingOptions {
            augmentation: Some(Augmentation { mixup, cutmix }),
            ..options(root_mean_square())
        };
        let training = training_graph(&network, &options).expect("a training graph");
        for tiles in [1, 7, 64] {
            let difference = difference_of(&training, &Tensors::new(), tiles, 1e-4);
            assert_eq!(difference, None, "{mixup}, {cutmix}, {tiles} tiles");
        }
    }
}

#[test]
fn every_activation() {
    for activation in [
        Activation::Tanh,
        Activation::Gelu,
        Activation::Relu6,
        Activation::HardSwish,
        Activation::HardSigmoid,
    ] {
        let network = training_networks::small(None, activation).expect("a network");
        let difference = difference(&network, root_mean_square(), 40, 1e-4);
        assert_eq!(difference, None, "{activation:?}");
    }
}

#[test]
fn every_optimiser() {
    let rules = [
        Optimiser::Descent,
        Optimiser::Momentum { momentum: 0.9 },
        Optimiser::LayerwiseAdaptiveRate(LayerwiseAdaptiveRate {
            momentum: 0.9,
            coefficient: 0.01,
            weight_decay: 1e-3,
            epsilon: 1e-9,
        }),
    ];
    for rule in rules {
        let network =
            training_networks::small(training_networks::NORMS[1], Activation::Swish).expect("a network");
        assert_eq!(difference(&network, rule, 48, 1e-4), None, "{rule:?}");
    }
}

#[test]
fn pools_over_the_edges() {
    for (kind, count_include_pad) in [
        (PoolKind::Max, false),
        (PoolKind::Average, true),
        (PoolKind::Average, false),
    ] {
        for tiles in [2, 50] {
            let network = training_networks::pooled(kind, count_include_pad).expect("a network");
            let difference = difference(&network, root_mean_square(), tiles, 1e-4);
            assert_eq!(difference, None, "{kind:?}, {count_include_pad}, {tiles} tiles");
        }
    }
}

#[test]
fn stored_batch_statistics() {
    let network = training_networks::small(Some(NormKind::Batch), Activation::Swish).expect("a network");
    let options = TrainingOptions {
        batch_statistics: BatchStatistics::Stored,
        ..options(root_mean_square())
    };
    let mut weights = seeded_weights(&network, 2);
    for tensor in network
        .tensors
        .iter()
        .filter(|tensor| tensor.kind == TensorKind::Statistic)
    {
        let variance = weights.get_mut(&tensor.name).expect("a statistic");
        variance
            .values
            .iter_mut()
            .for_each(|value| *value = value.abs() + 0.25);
    }
    for tiles in [3, 64] {
        let training = training_graph(&network, &options).expect("a training graph");
        let difference = difference_of(&training, &weights, tiles, 1e-4);
        assert_eq!(difference, None, "{tiles} tiles");
    }
}

#[test]
fn proxy_normalised_activations() {
    for scale in [true, false] {
        for tiles in [5, 64] {
            let network = training_networks::proxies(&[scale]).expect("a network");
            let difference = difference(&network, root_mean_square(), tiles, 1e-4);
            assert_eq!(difference, None, "scale {scale}, {tiles} tiles");
        }
    }
}

#[test]
fn joined_proxies_are_those_of_each_layer() {
    for scales in [[true, true], [true, false], [false, true], [false, false]] {
        let network = training_networks::proxies(&scales).expect("a network");
        let apart = training_graph(&network, &options(root_mean_square())).expect("a training graph");
        let mut joined = apart.clone();
        join_proxies(&mut joined.graph);
        let (inputs, weights) = (inputs(&apart), weights(&apart.graph));
        let values =
            |graph: &Graph| evaluate(graph, &inputs, &weights, &Cancellation::never()).expect("values");
        let joined_values = values(&joined.graph);
        for (name, apart) in values(&apart.graph) {
            let joined = &joined_values[&name];
            let differs = |(a, b): (&f32, &f32)| (a - b).abs() > 1e-6 * a.abs().max(1.0);
            assert!(!apart.values.iter().zip(&joined.values).any(differs), "{name}");
        }
        for tiles in [5, 64] {
            let difference = difference_of(&joined, &Tensors::new(), tiles, 1e-4);
            assert_eq!(difference, None, "{scales:?}, {tiles} tiles");
        }
    }
}

fn bundled(name: &str, settings: &[(&str, &str)]) -> Graph {
    let mut spec = ModelSpec::load(name).expect("a bundled network");
    for (key, value) in settings {
        spec.set(key, value).expect("a setting");
    }
    build(&spec, 2).expect("a graph")
}

#[test]
fn bundled_networks() {
    for (name, settings) in [
        ("efficientnet-b0-g1", [("resolution", "32"), ("norm", "gn:4")]),
        ("efficientnet-b0-g16", [("resolution", "32"), ("norm", "ln+pn")]),
    ] {
        let network = bundled(name, &settings);
        let difference = difference(&network, root_mean_square(), 128, 5e-3);
        assert_eq!(difference, None, "{name}");
    }
}

/// A chip that recomputes a network in segments, which are cut at operators, the second across a shortcut.
#[test]
fn recomputed_segments_run_as_the_plain_evaluator_says() {
    let network = training_networks::small(training_networks::NORMS[2], Activation::Swish);
    let network = network.expect("a network");
    let training = training_graph(&network, &options(root_mean_square())).expect("a training graph");
    let segments = ["expand", "grouped", "residual"].map(str::to_owned);
    for recompute_last in [false, true] {
        let stage = segmented_stage(&network, &training, &segments, recompute_last).expect("a stage");
        let graph = &stage.graph;
        let mut inputs = inputs(&training);
        let stored = stage.stored_input.expect("a stored input");
        let image = inputs[&graph.tensor(stage.input).name].clone();
        inputs.insert(graph.tensor(stored).name.clone(), image);
        for function_copies in [
            FunctionCopies::Elided,
            FunctionCopies::Interfering,
            FunctionCopies::Kept,
            FunctionCopies::Held,
        ] {
            let mut options = half();
            options.framework.function_copies = function_copies;
            let program = lower(graph, &machine(8), &options, PlanSource::Own)
                .expect("a program")
                .program;
            let difference = compare(graph, &program, &inputs, &weights(graph), Mode::Float, 1e-3);
            assert_eq!(difference, None, "{function_copies:?}");
        }
    }
}
