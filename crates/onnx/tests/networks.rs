//! Real networks as exporters write them.

use tilesim_graph::{Graph, LayerKind, NormKind, OpKind, TensorKind, TheoreticalCost, theoretical_cost};
use tilesim_models::{ModelSpec, build};
use tilesim_onnx::{OnnxFile, OnnxModel, import};
use tilesim_test_support::reference;

fn imported(name: &str, batch: u64) -> Option<OnnxModel> {
    let model = import(reference::network(name)?, batch).expect("an imported network");
    check_weights(&model);
    Some(model)
}

/// Every parameter and statistic has values of its shape.
fn check_weights(model: &OnnxModel) {
    let mut parameters = 0;
    for tensor in &model.graph.tensors {
        if matches!(tensor.kind, TensorKind::Parameter | TensorKind::Statistic) {
            let weight = model.weights.get(&tensor.name).expect("values");
            assert_eq!(weight.shape(), tensor.shape, "{}", tensor.name);
            assert_eq!(
                weight.to_f32().expect("data").len() as u64,
                tensor.elements(),
                "{}",
                tensor.name
            );
            parameters += 1;
        }
    }
    assert_eq!(parameters, model.weights.len());
}

fn count(graph: &Graph, is: impl Fn(&OpKind) -> bool) -> usize {
    graph.ops.iter().filter(|op| is(&op.kind)).count()
}

fn bundled(settings: &[(&str, &str)]) -> TheoreticalCost {
    let mut spec = ModelSpec::load("efficientnet-b0-g1").expect("a bundled network");
    for (key, value) in settings {
        spec.set(key, value).expect("a setting");
    }
    theoretical_cost(&build(&spec, 1).expect("a network"))
}

/// What each layer does, norms left out: exporters fold them.
fn shapes(cost: &TheoreticalCost) -> Vec<(LayerKind, Vec<u64>, [u64; 4], bool)> {
    let layers = cost.layers.iter();
    layers
        .map(|layer| {
            let numbers = [
                layer.out_channels,
                layer.group_size,
                layer.macs,
                layer.input_elements,
            ];
            (layer.kind, layer.output.clone(), numbers, layer.activation)
        })
        .collect()
}

#[test]
fn efficientnet_lite0() {
    let Some(model) = imported("efficientnet_lite0.onnx", 1) else {
        return;
    };
    let graph = &model.graph;
    assert_eq!(graph.name, "efficientnet_lite0");
    assert_eq!(graph.tensor(graph.inputs[0]).shape, [1, 3, 224, 224]);
    assert_eq!(graph.tensor(graph.outputs[0]).shape, [1, 1000]);
    assert_eq!(count(graph, |kind| matches!(kind, OpKind::Convolution(_))), 49);
    assert_eq!(count(graph, |kind| matches!(kind, OpKind::Activation(_))), 33);
    let cost = theoretical_cost(graph);
    // 4,652,008 parameters of the published network, less the scales and shifts of batch norm for its 21,008 channels, plus the
    // biases that the exporter has folded them into.
    assert_eq!(cost.parameters.trainable(), 4_652_008 - 2 * 21_008 + 21_008);
    assert_eq!(cost.of_kind(LayerKind::Elementwise).layers, 0);
    // EfficientNet-Lite0 is B0 without squeeze-excite, with ReLU6.
    let expected = bundled(&[("squeeze_excite_ratio", "0"), ("activation", "relu6")]);
    assert_eq!(cost.parameters.weights, expected.parameters.weights);
    assert_eq!(shapes(&cost), shapes(&expected));
    // Asymmetric padding, as the reference implementation's.
    assert_eq!(cost.macs_without_padding, expected.macs_without_padding);
    assert_eq!(graph.layers[0].name, "_conv_stem");
    assert_eq!(graph.layers[1].block, "_blocks.0");
}

#[test]
fn the_efficientnet_of_an_exporter_costs_what_the_bundled_one_costs() {
    let Some(model) = imported("efficientnet_b0_gn.onnx", 1) else {
        return;
    };
    let graph = &model.graph;
    assert_eq!(graph.tensor(graph.outputs[0]).shape, [1, 1000]);
    let groups = graph.ops.iter().find_map(|op| match &op.kind {
        OpKind::Norm(norm) => match norm.kind {
            NormKind::Group { groups, .. } => Some(groups),
            NormKind::Batch | NormKind::CurrentBatch => None,
        },
        _ => None,
    });
    let cost = theoretical_cost(graph);
    let expected = bundled(&[("norm", &format!("gn:{}", groups.expect("group norm")))]);
    assert_eq!(cost.parameters, expected.parameters);
    assert_eq!(cost.kinds(), expected.kinds());
    assert_eq!(cost.elementwise, expected.elementwise);
    assert_eq!(
        (
            cost.macs,
            cost.input_layer_macs,
            cost.activation_elements,
            cost.activation_bytes
        ),
        (
            expected.macs,
            expected.input_layer_macs,
            expected.activation_elements,
            expected.activation_bytes
        )
    );
    assert_eq!(
        (
            cost.input_elements,
            cost.operator_output_elements,
            cost.largest_tensor_elements
        ),
        (
            expected.input_elements,
            expected.operator_output_elements,
            expected.largest_tensor_elements
        )
    );
    assert_eq!(shapes(&cost), shapes(&expected));
}

#[test]
fn a_small_network_with_groups_of_eight() {
    let Some(model) = imported("tiny_g8_gn.onnx", 4) else {
        return;
    };
    let graph = &model.graph;
    assert_eq!(graph.tensor(graph.inputs[0]).shape, [4, 3, 32, 32]);
    assert_eq!(graph.tensor(graph.outputs[0]).shape, [4, 10]);
    assert_eq!(
        count(
            graph,
            |kind| matches!(kind, OpKind::Norm(norm) if norm.kind == NormKind::contiguous(4))
        ),
        13
    );
    assert_eq!(count(graph, |kind| matches!(kind, OpKind::Reshape)), 1);
    // Initialisers keep their names.
    for name in [
        "conv_stem.weight",
        "bn1.weight",
        "bn1.bias",
        "blocks.0.0.se.conv_reduce.bias",
        "classifier.weight",
    ] {
        assert!(model.weights.get(name).is_some(), "{name}");
        assert!(
            graph
                .tensors
                .iter()
                .any(|tensor| tensor.name == name && tensor.kind == TensorKind::Parameter)
        );
    }
    assert_eq!(model.weights.len(), 57);
    let spatial = theoretical_cost(graph)
        .layers
        .into_iter()
        .filter(|layer| layer.kind == LayerKind::Spatial);
    assert!(spatial.into_iter().all(|layer| layer.group_size == 8));
}

#[test]
fn another_batch_takes_the_place_of_the_stated_one() {
    for (name, classes) in [("tiny_g8_gn.onnx", 10), ("efficientnet_lite0.onnx", 1000)] {
        let Some(path) = reference::network(name) else {
            return;
        };
        let file = OnnxFile::open(&path).expect("a model");
        let macs = |batch| {
            let graph = file.import(batch).expect("an imported network").graph;
            assert_eq!(graph.tensor(graph.outputs[0]).shape, [batch, classes]);
            theoretical_cost(&graph).macs
        };
        assert_eq!(5 * macs(1), macs(5));
    }
}
