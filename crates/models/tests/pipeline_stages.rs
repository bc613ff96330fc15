//! Pipeline stages: their work against the published configurations, and their gradients against those of the whole network.

use std::collections::BTreeMap;

use tilesim_graph::{
    Augmentation, Graph, Op, OpKind, TensorId, TensorKind, TrainingGraph, TrainingOptions,
    autodiff::{
        Phase, StageError, TrainingStage, cut_points, segmented_stage, stage_of_layers, training_stages,
    },
    join_proxies,
    reference::{Precision, Tensor, Tensors, evaluate},
    theoretical_cost, training_graph,
};
use tilesim_models::{ModelSpec, build};
use tilesim_test_support::{csv_table::rows, reference};

fn splits(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn the_work_of_every_stage_is_the_published_one() {
    let Some(folder) = reference::path("paper") else {
        return;
    };
    let configurations: BTreeMap<String, Vec<String>> = rows(&folder.join("configs.csv"))
        .iter()
        .map(|row| (row.text("name").to_owned(), splits(row.text("pipeline_splits"))))
        .collect();
    let networks: BTreeMap<String, Graph> = rows(&folder.join("configs.csv"))
        .iter()
        .map(|row| {
            let name = format!(
                "efficientnet-{}-g{}",
                row.text("model").to_lowercase(),
                row.text("group_dim")
            );
            let mut spec = ModelSpec::load(&name).expect("a bundled network");
            spec.set("norm", "gn:4").expect("a norm");
            spec.set("resolution", row.text("training_resolution"))
                .expect("a resolution");
            (row.text("name").to_owned(), build(&spec, 1).expect("a network"))
        })
        .collect();
    let stages = rows(&folder.join("pipeline_stages.csv"));
    assert_eq!(stages.len(), 106);
    for row in stages {
        let config = row.text("config");
        let stage = row.number("stage") as usize;
        let network = &networks[config];
        let of_layer = stage_of_layers(network, &configurations[config]).expect("splits of the network");
        let cost = theoretical_cost(network);
        let layers: Vec<_> = cost
            .layers
            .iter()
            .filter(|layer| of_layer[layer.layer.0 as usize] == stage)
            .collect();
        let sum =
            |of: fn(&tilesim_graph::LayerCost) -> u64| layers.iter().map(|layer| of(layer)).sum::<u64>();
        let place = format!("{config}, stage {stage}");
        assert_eq!(
            sum(|layer| layer.macs),
            row.number("macs_fwd_per_image"),
            "{place}"
        );
        assert_eq!(
            sum(|layer| layer.parameters.weights + layer.parameters.biases),
            row.number("weights"),
            "{place}"
        );
        assert_eq!(
            sum(|layer| layer.elementwise.norms),
            row.number("norm_elems"),
            "{place}"
        );
        let convolutions = layers.iter().filter(|layer| layer.has_weights());
        assert_eq!(
            convolutions.clone().count() as u64,
            row.number("n_conv"),
            "{place}"
        );
        assert_eq!(
            convolutions.map(|layer| layer.output_elements).sum::<u64>(),
            row.number("conv_out_elems"),
            "{place}"
        );
        assert_eq!(layers[0].block, row.text("first_block"), "{place}");
        assert_eq!(
            layers.last().expect("layers").block,
            row.text("last_block"),
            "{place}"
        );
    }
}

fn small(norm: &str, group_size: u64) -> Graph {
    let spec = format!(
        r#"{{"family": "efficientnet", "variant": "b0", "group_size": {group_size}, "expand_ratio": 2, "norm": "{norm}",
            "resolution": 16, "num_classes": 5, "width": 0.25, "top_channels": 64,
            "stages": [{{"kernel": 3, "stride": 1, "expand_ratio": 1, "channels": 32, "repeats": 1}},
                       {{"kernel": 3, "stride": 2, "channels": 32, "repeats": 2}},
                       {{"kernel": 5, "stride": 2, "channels": 64, "repeats": 2}}]}}"#
    );
    build(&ModelSpec::load(&spec).expect("a specification"), 2).expect("a network")
}

/// Every tensor that no operator puts out, and every mask, with values that depend on its name alone.
fn values(training: &TrainingGraph) -> Tensors {
    let graph = &training.graph;
    let mut given: Tensors = graph
        .tensors
        .iter()
        .map(|tensor| {
            let mut state = tensor.name.bytes().fold(0x9e37_79b9_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
            let values = (0..tensor.elements())
                .map(|_| {
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    (state >> 33) as f64 / f64::from(1_u32 << 31) + 0.1
                })
                .collect();
            let tensor_values = Tensor {
                shape: tensor.shape.clone(),
                values,
            };
            (tensor.name.clone(), tensor_values)
        })
        .collect();
    let labels = graph.tensor(training.labels);
    given.insert(labels.name.clone(), Tensor::filled(&labels.shape, 3.0));
    given
}

fn name(graph: &Graph, id: TensorId) -> &str {
    &graph.tensor(id).name
}

/// Runs the stages one after the other, forward and then backward, and returns what each puts out last.
fn run(stages: &[TrainingStage], given: &Tensors) -> Vec<Tensors> {
    let mut given = given.clone();
    let border = |stage: &TrainingStage| {
        let gradient = stage.output_gradient?;
        Some((
            name(&stage.graph, gradient).to_owned(),
            stage.graph.tensor(gradient).shape.clone(),
        ))
    };
    for (gradient, shape) in stages.iter().filter_map(border) {
        given.insert(gradient, Tensor::filled(&shape, 0.0));
    }
    let evaluated = |stage: &TrainingStage, given: &mut Tensors| {
        if let Some(stored) = stage.stored_input {
            let input = given[name(&stage.graph, stage.input)].clone();
            given.insert(name(&stage.graph, stored).to_owned(), input);
        }
        evaluate(&stage.graph, given, Precision::Double).expect("values")
    };
    for stage in stages {
        let values = evaluated(stage, &mut given);
        if let Some(output) = stage.output {
            let output = name(&stage.graph, output);
            given.insert(output.to_owned(), values[output].clone());
        }
    }
    let mut results = Vec::new();
    for stage in stages.iter().rev() {
        let values = evaluated(stage, &mut given);
        if let Some(gradient) = stage.input_gradient {
            let gradient = name(&stage.graph, gradient);
            given.insert(gradient.to_owned(), values[gradient].clone());
        }
        results.push(values);
    }
    results
}

#[test]
fn stages_together_train_what_the_whole_network_trains() {
    for (norm, group_size, recompute) in [
        ("gn:4", 1, true),
        ("gn:4", 8, false),
        ("ln+pn", 8, true),
        ("bn", 8, true),
    ] {
        let network = small(norm, group_size);
        let options = TrainingOptions {
            augmentation: Some(Augmentation {
                mixup: true,
                cutmix: true,
            }),
            ..TrainingOptions::default()
        };
        let training = training_graph(&network, &options).expect("a training graph");
        let given = values(&training);
        let whole = evaluate(&training.graph, &given, Precision::Double).expect("values");
        // At the start of a block, within one, and before a block with a shortcut, which reads its input twice.
        let splits = splits("block2b block3a/b block3b");
        let stages = training_stages(&network, &training, &splits, |_| recompute).expect("stages");
        assert_eq!(stages.len(), 4);
        let mut compared = 0;
        for values in run(&stages, &given) {
            for (tensor, value) in values {
                let original = tensor
                    .strip_suffix("/recomputed")
                    .or_else(|| tensor.strip_suffix("/stored"))
                    .unwrap_or(&tensor);
                let error = value.relative_error(&whole[original]);
                assert!(error < 1e-12, "{norm}: {tensor} is off by {error:e}");
                compared += 1;
            }
        }
        assert!(compared >= training.graph.tensors.len(), "{compared}");
        let trained: usize = stages.iter().map(|stage| stage.accumulated.len()).sum();
        assert_eq!(trained, training.accumulated.len());
        let passes = |phase: Phase| -> u64 {
            let of_phase = |stage: &TrainingStage| -> u64 {
                let mut graph = stage.graph.clone();
                graph.ops.retain(|op| op.phase == phase);
                theoretical_cost(&graph).macs
            };
            stages.iter().map(of_phase).sum()
        };
        let cost = theoretical_cost(&network);
        assert_eq!(passes(Phase::Forward), cost.macs);
        assert_eq!(passes(Phase::Recompute), if recompute { cost.macs } else { 0 });
        assert_eq!(
            passes(Phase::Forward) + passes(Phase::Recompute) + passes(Phase::Backward),
            cost.training_step_macs(recompute)
        );
    }
}

/// Wherever a network is cut into segments, also where several tensors cross, they train what the whole network trains.
#[test]
fn segments_of_one_chip_train_what_the_whole_network_trains() {
    for (norm, group_size) in [("gn:4", 1), ("ln+pn", 8), ("bn", 8)] {
        let network = small(norm, group_size);
        let training = training_graph(&network, &TrainingOptions::default()).expect("a training graph");
        let given = values(&training);
        let whole = evaluate(&training.graph, &given, Precision::Double).expect("values");
        let every = |step: usize| -> Vec<String> {
            let firsts = network.ops.iter().skip(step).step_by(step);
            firsts.map(|op| op.name.clone()).collect()
        };
        for (segments, last) in [
            (splits("block2b block3a/b"), false),
            (splits("block2b block3a/b"), true),
            (every(7), false),
            (every(1), false),
        ] {
            let mut stage = segmented_stage(&network, &training, &segments, last).expect("a stage");
            let kept: Vec<&str> = stage.kept.iter().map(|&id| name(&stage.graph, id)).collect();
            assert_eq!(kept[0], "image/stored");
            let again = stage.graph.ops.iter().filter(|op| op.phase == Phase::Recompute);
            let forward = training.ops(Phase::Forward).len();
            assert!((1..forward).contains(&again.clone().count()) || segments.len() > 9);
            // As it is, and with proxies joined, as it is lowered.
            for _ in 0..2 {
                for (tensor, value) in &run(std::slice::from_ref(&stage), &given)[0] {
                    let original = tensor
                        .strip_suffix("/recomputed")
                        .or(tensor.strip_suffix("/stored"));
                    let Some(expected) = whole.get(original.unwrap_or(tensor)) else {
                        continue;
                    };
                    let error = value.relative_error(expected);
                    assert!(error < 1e-12, "{norm}: {tensor} is off by {error:e}");
                }
                join_proxies(&mut stage.graph);
            }
        }
    }
}

/// Only what passes between segments lives from the forward pass to the backward pass.
#[test]
fn segments_keep_what_passes_between_them() {
    let network = small("gn:4", 8);
    let training = training_graph(&network, &TrainingOptions::default()).expect("a training graph");
    let stage = segmented_stage(&network, &training, &splits("block2b block3a"), false).expect("a stage");
    let graph = &stage.graph;
    let first_of_last = graph
        .ops
        .iter()
        .position(|op| graph.layer(op.layer).block == "block3a");
    let before_last = &graph.ops[..first_of_last.expect("a block")];
    let read_again = |op: &&Op| {
        let mut later = graph.ops.iter().filter(|op| !matches!(op.phase, Phase::Forward));
        later.any(|reader| reader.inputs.contains(&op.output))
    };
    // Draws are kept too, and weights that were cast are no activations.
    let is_activation = |op: &&Op| !matches!(op.kind, OpKind::RandomMask { .. } | OpKind::Cast { .. });
    let kept: Vec<&str> = (before_last.iter().filter(is_activation).filter(read_again))
        .map(|op| op.name.as_str())
        .collect();
    let borders: Vec<&str> = ["block2b", "block3a"]
        .iter()
        .filter_map(|block| {
            let first = network
                .ops
                .iter()
                .position(|op| network.layer(op.layer).block == *block)?;
            Some(network.ops[first - 1].name.as_str())
        })
        .collect();
    assert_eq!(kept, borders);
}

#[test]
fn segments_that_cannot_be_say_why() {
    let network = small("gn:4", 8);
    let training = training_graph(&network, &TrainingOptions::default()).expect("a training graph");
    let cut = |text: &str| segmented_stage(&network, &training, &splits(text), false).expect_err(text);
    assert!(matches!(cut("block9"), StageError::UnknownSegment { .. }));
    assert!(matches!(cut("block3a block2b"), StageError::SegmentOrder { .. }));
    assert!(matches!(cut("block2b block2b"), StageError::SegmentOrder { .. }));
    assert!(matches!(cut("block0"), StageError::SegmentOrder { .. }));
}

#[test]
fn a_stage_keeps_its_input_or_what_its_backward_pass_reads() {
    let network = small("gn:4", 8);
    let training = training_graph(&network, &TrainingOptions::default()).expect("a training graph");
    let stages =
        training_stages(&network, &training, &splits("block3a"), |stage| stage == 0).expect("stages");
    let kept = |stage: &TrainingStage| -> Vec<String> {
        stage
            .kept
            .iter()
            .map(|&id| name(&stage.graph, id).to_owned())
            .collect()
    };
    // Masks are drawn once.
    let of_first = kept(&stages[0]);
    assert_eq!(of_first.first().map(String::as_str), Some("image/stored"));
    assert!(
        of_first.len() > 1 && of_first[1..].iter().all(|name| name.ends_with("/drawn")),
        "{of_first:?}"
    );
    let drawn_again = |op: &Op| op.phase == Phase::Recompute && matches!(op.kind, OpKind::RandomMask { .. });
    assert!(!stages[0].graph.ops.iter().any(drawn_again));
    let names = kept(&stages[1]);
    assert!(names.contains(&"block3a/b/conv".to_owned()), "{names:?}");
    for (stage, id) in stages
        .iter()
        .flat_map(|stage| stage.kept.iter().map(move |id| (stage, *id)))
    {
        let kind = stage.graph.tensor(id).kind;
        assert!(matches!(kind, TensorKind::Input | TensorKind::Activation));
    }
}

#[test]
fn cuts_that_cannot_be_say_why() {
    let network = small("gn:4", 8);
    let training = training_graph(&network, &TrainingOptions::default()).expect("a training graph");
    let cut = |text: &str| training_stages(&network, &training, &splits(text), |_| true).expect_err(text);
    assert!(matches!(cut("block9"), StageError::UnknownSplit { .. }));
    assert!(matches!(cut("block3a block2b"), StageError::Order { .. }));
    assert!(matches!(cut("block0"), StageError::Order { .. }));
    // Within a block with a shortcut two tensors cross.
    assert!(matches!(cut("block2b/b"), StageError::Crossing { .. }));
    let points: Vec<String> = cut_points(&network)
        .into_iter()
        .map(|point| point.split)
        .collect();
    assert!(points.contains(&"block2b".to_owned()) && points.contains(&"block3a/b".to_owned()));
    assert!(!points.contains(&"block2b/b".to_owned()), "{points:?}");
}
