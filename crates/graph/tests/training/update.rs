//! The update: optimisers by their formulas, proxy statistics renewed, gradients through them, types, phases.

use tilesim_graph::{
    Activation, Convolution, ElementType, Graph, GraphBuilder, GraphError, LayerKind, LayerwiseAdaptiveRate,
    Norm, NormKind, OpId, OpKind, ProxyActivation, TensorKind, TrainingGraph, TrainingOptions,
    autodiff::{Optimiser, Phase},
    reference::{Precision, Tensor, Tensors, evaluate},
    theoretical_cost, training_graph,
};

/// A convolution, a norm, a proxy-normalised activation, the mean and a classifier.
fn network(kind: NormKind, data_type: ElementType) -> Result<Graph, GraphError> {
    let mut builder = GraphBuilder::new("network", data_type);
    let x = builder.input("x", vec![2, 3, 4, 4], data_type)?;
    builder.layer("stem", "block0", LayerKind::Conv);
    let convolution = Convolution::new(2, 3, 4, &[4, 4], &[3, 3]).same_padded();
    let weights = builder.parameter("weights", convolution.weight_shape())?;
    let y = builder.convolution("conv", convolution, x, weights, None)?;
    let norm = Norm {
        kind,
        epsilon: 1e-3,
        gamma: false,
        beta: false,
    };
    let statistics = match kind {
        NormKind::Batch => vec![
            builder.statistic("mean", vec![4])?,
            builder.statistic("variance", vec![4])?,
        ],
        _ => Vec::new(),
    };
    let y = builder.norm("norm", norm, y, &statistics)?;
    let parameters = [
        builder.parameter("beta", vec![4])?,
        builder.parameter("gamma", vec![4])?,
        builder.statistic("proxy_mean", vec![4])?,
        builder.statistic("proxy_inverse_std", vec![4])?,
    ];
    let proxy = ProxyActivation {
        activation: Activation::Swish,
        scale: true,
        epsilon: 0.03,
    };
    let y = builder.proxy_activation("swish", proxy, y, parameters)?;
    builder.layer("logits", "Top", LayerKind::FullyConnected);
    let y = builder.global_average_pool("average", y)?;
    let y = builder.reshape("flat", y, &[2, 4])?;
    let weights = builder.parameter("matrix", vec![5, 4])?;
    let bias = builder.parameter("bias", vec![5])?;
    let y = builder.fully_connected("fc", y, weights, Some(bias))?;
    builder.finish(vec![y])
}

fn training(options: &TrainingOptions) -> TrainingGraph {
    let network = network(NormKind::contiguous(2), ElementType::F32).expect("a network");
    training_graph(&network, options).expect("a training graph")
}

/// A value for everything that no operator puts out.
fn given(training: &TrainingGraph) -> Tensors {
    let graph = &training.graph;
    let mut given: Tensors = graph
        .tensors
        .iter()
        .enumerate()
        .map(|(index, tensor)| {
            let value = |place: usize| ((place + 5 * index + 1) as f64 * 0.618_033_988_749_895).fract() - 0.4;
            let mut values = Tensor::filled(&tensor.shape, 0.0);
            if tensor.kind != TensorKind::OptimiserState {
                values
                    .values
                    .iter_mut()
                    .enumerate()
                    .for_each(|(place, to)| *to = value(place));
            }
            (tensor.name.clone(), values)
        })
        .collect();
    given.insert(
        "labels".to_owned(),
        Tensor {
            shape: vec![2],
            values: vec![3.0, 0.0],
        },
    );
    given.insert("learning_rate".to_owned(), Tensor::filled(&[1], 0.1));
    given
}

/// The statistics that belong to the parameters of the proxy.
fn with_statistics(training: &TrainingGraph, given: &Tensors) -> Tensors {
    let Some(kind) = training.graph.ops.iter().find_map(|op| match op.kind {
        OpKind::ProxyStatistics(proxy) => Some(OpKind::ProxyStatistics(proxy)),
        _ => None,
    }) else {
        return given.clone();
    };
    let build = || -> Result<Graph, GraphError> {
        let mut builder = GraphBuilder::new("statistics", ElementType::F32);
        builder.layer("layer", "block", LayerKind::Elementwise);
        let names = ["beta", "gamma", "swish/proxy_beta", "swish/proxy_gamma"];
        let operands = names
            .into_iter()
            .map(|name| builder.parameter(name, vec![4]))
            .collect::<Result<_, _>>()?;
        let y = builder.op("rows", kind, operands)?;
        builder.finish(vec![y])
    };
    let rows =
        evaluate(&build().expect("a graph"), given, Precision::Double).expect("values")["rows"].clone();
    let mut given = given.clone();
    for (name, values) in ["proxy_mean", "proxy_inverse_std"]
        .into_iter()
        .zip(rows.values.chunks(4))
    {
        let values = values.to_vec();
        given.insert(
            name.to_owned(),
            Tensor {
                shape: vec![4],
                values,
            },
        );
    }
    given
}

#[test]
fn whole_gradients_are_slopes_of_the_loss() {
    const STEP: f64 = 1e-5;
    let training = training(&TrainingOptions::default());
    let given = given(&training);
    let values = evaluate(
        &training.graph,
        &with_statistics(&training, &given),
        Precision::Double,
    )
    .expect("values");
    let name = |id| training.graph.tensor(id).name.as_str();
    let trained: Vec<&str> = training
        .parameters
        .iter()
        .map(|trained| name(trained.parameter))
        .collect();
    assert_eq!(
        trained,
        [
            "weights",
            "beta",
            "gamma",
            "matrix",
            "bias",
            "swish/proxy_beta",
            "swish/proxy_gamma"
        ]
    );
    for trained in &training.parameters {
        let gradient = &values[name(trained.gradient)];
        for (index, &got) in gradient.values.iter().enumerate() {
            let loss = |step: f64| {
                let mut given = given.clone();
                if let Some(tensor) = given.get_mut(name(trained.parameter)) {
                    tensor.values[index] += step;
                }
                let given = with_statistics(&training, &given);
                evaluate(&training.graph, &given, Precision::Double).expect("values")["loss"].values[0]
            };
            let expected = (loss(STEP) - loss(-STEP)) / (2.0 * STEP);
            assert!(
                (got - expected).abs() < 1e-7 * (1.0 + expected.abs()),
                "{}: {got}, finite difference {expected}",
                name(trained.parameter)
            );
        }
    }
}

/// Parameter, gradient, slots and updated parameter, first elements.
fn step(options: &TrainingOptions, parameter: &str) -> (f64, f64, f64) {
    let training = training(options);
    let given = with_statistics(&training, &given(&training));
    let values = evaluate(&training.graph, &given, Precision::Double).expect("values");
    let first = |id| values[&training.graph.tensor(id).name].values[0];
    let trained = training
        .parameters
        .iter()
        .find(|trained| training.graph.tensor(trained.parameter).name == parameter)
        .expect("the parameter");
    (
        first(trained.parameter),
        first(trained.gradient),
        first(trained.updated),
    )
}

#[test]
fn optimisers_follow_their_formulas() {
    let options = TrainingOptions {
        weight_decay: 0.01,
        ..TrainingOptions::default()
    };
    let (weight, gradient, updated) = step(&options, "weights");
    let decayed = gradient + 0.01 * weight;
    let expected = weight - 0.1 * decayed / ((1.0 - 0.953_125) * decayed * decayed + 1e-3).sqrt();
    assert!((updated - expected).abs() < 1e-12, "RMSProp");
    // Scales and shifts do not decay.
    let (beta, gradient, updated) = step(&options, "beta");
    let expected = beta - 0.1 * gradient / ((1.0 - 0.953_125) * gradient * gradient + 1e-3).sqrt();
    assert!((updated - expected).abs() < 1e-12, "RMSProp without decay");

    let momentum = TrainingOptions {
        optimiser: Optimiser::Momentum { momentum: 0.9 },
        ..options
    };
    let (weight, gradient, updated) = step(&momentum, "weights");
    assert!(
        (updated - (weight - 0.1 * (gradient + 0.01 * weight))).abs() < 1e-12,
        "momentum"
    );

    let rule = LayerwiseAdaptiveRate {
        momentum: 0.9,
        coefficient: 0.001,
        weight_decay: 0.01,
        epsilon: 0.0,
    };
    let lars = TrainingOptions {
        optimiser: Optimiser::LayerwiseAdaptiveRate(rule),
        ..options
    };
    let (weight, gradient, updated) = step(&lars, "beta");
    assert!(
        (updated - (weight - 0.1 * gradient)).abs() < 1e-12,
        "LARS leaves shifts alone"
    );
    let (weight, gradient, updated) = step(&lars, "weights");
    let decayed = gradient + 0.01 * weight;
    let trust = (weight - updated) / (0.1 * decayed);
    assert!(trust > 0.0 && trust < 0.1, "LARS has a trust ratio of {trust}");
}

#[test]
fn master_weights_are_cast_and_counted_once() {
    let network = network(NormKind::contiguous(2), ElementType::F16).expect("a network");
    let training = training_graph(&network, &TrainingOptions::default()).expect("a training graph");
    let graph = &training.graph;
    for trained in &training.parameters {
        assert_eq!(graph.tensor(trained.parameter).data_type, ElementType::F32);
        assert_eq!(graph.tensor(trained.updated).data_type, ElementType::F32);
        assert!(
            trained
                .slots
                .iter()
                .all(|&slot| graph.tensor(slot).data_type == ElementType::F32)
        );
    }
    for accumulated in &training.accumulated {
        assert_eq!(graph.tensor(accumulated.gradient).data_type, ElementType::F16);
        assert_eq!(graph.tensor(accumulated.sum).data_type, ElementType::F32);
    }
    let (forward, whole) = (theoretical_cost(&network), theoretical_cost(graph));
    assert_eq!(whole.parameters, forward.parameters);
    assert_eq!(whole.macs, forward.training_step_macs(false));
}

#[test]
fn phases_follow_each_other_and_operators_their_operands() {
    let network = network(NormKind::Batch, ElementType::F16).expect("a network");
    let training = training_graph(&network, &TrainingOptions::default()).expect("a training graph");
    assert_eq!(
        training,
        training_graph(&network, &TrainingOptions::default()).expect("the same again")
    );
    let mut known: Vec<bool> = vec![true; training.graph.tensors.len()];
    for op in &training.graph.ops {
        known[op.output.0 as usize] = false;
    }
    let mut last = Phase::Forward;
    for (index, op) in training.graph.ops.iter().enumerate() {
        assert!(op.inputs.iter().all(|id| known[id.0 as usize]), "{}", op.name);
        known[op.output.0 as usize] = true;
        let phase = training.phase(OpId(index as u32));
        assert!(phase >= last && training.ops(phase).contains(&index));
        last = phase;
    }
    let moving = training
        .graph
        .state
        .iter()
        .filter(|change| change.phase == Phase::Forward);
    assert_eq!(moving.count(), 2);
    for change in &training.graph.state {
        let (before, after) = (
            training.graph.tensor(change.before),
            training.graph.tensor(change.after),
        );
        assert_eq!((&before.shape, before.data_type), (&after.shape, after.data_type));
    }
}

#[test]
fn mistakes_are_named() {
    let mut network = network(NormKind::Batch, ElementType::F16).expect("a network");
    let options = TrainingOptions {
        accumulation: 0,
        ..TrainingOptions::default()
    };
    assert!(matches!(
        training_graph(&network, &options),
        Err(GraphError::Option {
            option: "accumulation",
            ..
        })
    ));
    network.outputs.clear();
    assert!(matches!(
        training_graph(&network, &TrainingOptions::default()),
        Err(GraphError::NoLogits { .. })
    ));
}
