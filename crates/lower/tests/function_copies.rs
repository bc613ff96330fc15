//! What functions of a training step copy: every convolution, product and norm, forward and backward.

use tilesim_graph::{
    Convolution, Graph, GraphBuilder, GraphError, LayerKind, Norm, NormGrouping, NormKind, OpKind,
    TrainingOptions, training_graph,
};
use tilesim_lower::{LowerOptions, PlanSource, lower};
use tilesim_machine::{ElementType, Machine};
use tilesim_terms::{Framework, FunctionCopies};
use tilesim_test_support::machines::mk2;

/// Two convolutions, a norm, and a classifier.
fn network() -> Result<Graph, GraphError> {
    let mut builder = GraphBuilder::new("network", ElementType::F16);
    let mut y = builder.input("x", vec![2, 8, 2, 2], ElementType::F16)?;
    for name in ["first", "second"] {
        builder.layer(name, name, LayerKind::Conv);
        let convolution = Convolution::new(2, 8, 8, &[2, 2], &[1, 1]);
        let weights = builder.parameter(format!("{name}/weights"), convolution.weight_shape())?;
        y = builder.convolution(name, convolution, y, weights, None)?;
    }
    let norm = Norm {
        kind: NormKind::Group {
            groups: 2,
            grouping: NormGrouping::Strided,
        },
        epsilon: 1e-3,
        gamma: false,
        beta: false,
    };
    let y = builder.norm("norm", norm, y, &[])?;
    builder.layer("logits", "top", LayerKind::FullyConnected);
    let y = builder.global_average_pool("mean", y)?;
    let y = builder.reshape("flat", y, &[2, 8])?;
    let weights = builder.parameter("matrix", vec![4, 8])?;
    let y = builder.fully_connected("product", y, weights, None)?;
    builder.finish(vec![y])
}

/// Names of the steps that copy for functions, in the order of the alphabet.
fn copies(graph: &Graph, function_copies: FunctionCopies) -> Vec<String> {
    let options = LowerOptions {
        framework: Framework {
            function_copies,
            ..Framework::LIBRARY
        },
        ..LowerOptions::default()
    };
    let machine = Machine { tiles: 4, ..mk2() };
    let program = lower(graph, &machine, &options, PlanSource::Own)
        .expect("a program")
        .program;
    let mut names: Vec<String> = program
        .steps
        .iter()
        .map(|step| step.name.clone())
        .filter(|name| name.ends_with("argument copy") || name.ends_with("result copy"))
        .collect();
    names.sort_unstable();
    names
}

/// What every function copies (TensorFlow's `generic_graph_caching.cc`, PopLibs `GraphFunction.cpp`).
fn all_copies(graph: &Graph) -> Vec<String> {
    let mut names = Vec::new();
    for op in &graph.ops {
        let copied: &[&str] = match &op.kind {
            OpKind::Convolution(_) | OpKind::FullyConnected | OpKind::ConvolutionWeightGradient(_) => {
                &["input argument copy", "weights argument copy", "result copy"]
            }
            OpKind::ConvolutionInputGradient(_) => &[
                "weight transposition/weights argument copy",
                "weight transposition/result copy",
                "input argument copy",
                "weights argument copy",
                "result copy",
            ],
            OpKind::Norm(_) => &["x argument copy", "result copy"],
            OpKind::Whiten(_) => &["x argument copy"],
            OpKind::NormGradient(_) => &["gradient argument copy", "result copy"],
            _ => &[],
        };
        names.extend(copied.iter().map(|what| format!("{}/{what}", op.name)));
    }
    names.sort_unstable();
    names
}

#[test]
fn functions_of_a_training_step_copy_what_is_not_removed() {
    let network = network().expect("a network");
    let training = training_graph(&network, &TrainingOptions::default()).expect("a training graph");
    let graph = &training.graph;
    let all = all_copies(graph);
    assert!(all.iter().any(|name| name.contains("weight transposition")));
    assert_eq!(copies(graph, FunctionCopies::Kept), all);
    assert_eq!(copies(graph, FunctionCopies::Held), all);
    assert!(copies(graph, FunctionCopies::Elided).is_empty());
    let interfering = copies(graph, FunctionCopies::Interfering);
    assert!(!interfering.is_empty());
    assert!(
        interfering
            .iter()
            .all(|name| name.ends_with("argument copy") && all.contains(name))
    );
}
