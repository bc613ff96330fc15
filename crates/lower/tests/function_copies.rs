//! What functions of a training step copy: every convolution, product and norm, forward and backward.

use tilesim_graph::{
    Convolution, Graph, GraphBuilder, GraphError, LayerKind, Norm, NormGrouping, NormKind, OpKind,
    TrainingOptions, autodiff::segmented_stage, training_graph,
};
use tilesim_lower::{LowerOptions, PlanSource, lower};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::{Program, Step, VariableId};
use tilesim_terms::{Framework, FunctionCode, FunctionCopies, Phase};
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

/// The program with these copies of functions, which share code.
fn program(graph: &Graph, function_copies: FunctionCopies) -> Program {
    let options = LowerOptions {
        framework: Framework {
            function_copies,
            function_code: FunctionCode::Shared,
            ..Framework::LIBRARY
        },
        ..LowerOptions::default()
    };
    let machine = Machine { tiles: 4, ..mk2() };
    lower(graph, &machine, &options, PlanSource::Own)
        .expect("a program")
        .program
}

/// Names of the steps that copy for functions, in the order of the alphabet.
fn copies(graph: &Graph, function_copies: FunctionCopies) -> Vec<String> {
    let program = program(graph, function_copies);
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

/// A stage's forward pass is a function, of which a recomputation is the second call: what gradients read of it is copied out of it.
#[test]
fn what_a_recomputation_gives_is_copied_out_of_its_function() {
    let network = network().expect("a network");
    let training = training_graph(&network, &TrainingOptions::default()).expect("a training graph");
    let stage = segmented_stage(&network, &training, &["second".to_owned()], true).expect("a stage");
    let results = |function_copies| {
        let program = program(&stage.graph, function_copies);
        let is_result = |step: &&Step| {
            step.name.ends_with("/result copy")
                && program.layers[step.layer].phase == Phase::Recompute
                && step.call.is_none()
        };
        let copies: Vec<Step> = program.steps.iter().filter(is_result).cloned().collect();
        copies
    };
    assert!(results(FunctionCopies::Elided).is_empty());
    assert!(results(FunctionCopies::Interfering).is_empty());
    let (kept, held) = (results(FunctionCopies::Kept), results(FunctionCopies::Held));
    let names = |steps: &[Step]| steps.iter().map(|step| step.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&kept), names(&held));
    // All of them are there until the last has been copied.
    let last = |steps: &[Step]| -> Vec<VariableId> {
        steps
            .last()
            .map(|step| step.workspace.clone())
            .unwrap_or_default()
    };
    assert!(last(&kept).is_empty());
    let stages = held
        .iter()
        .filter(|step| last(&held).contains(&step.reads[0]))
        .count();
    assert!(stages > 1, "{:?}", names(&held));
}

/// Two convolutions of one shape are two calls, of which each has the steps of one; what a caller copies is of neither.
#[test]
fn steps_of_functions_know_their_call() {
    let network = network().expect("a network");
    let program = program(&network, FunctionCopies::Kept);
    let of = |op: &str| -> Vec<&Step> {
        let steps = program.steps.iter();
        steps.filter(|step| step.name.starts_with(op)).collect()
    };
    let calls = |op: &str| {
        let mut calls: Vec<u32> = of(op).iter().filter_map(|step| step.call).collect();
        calls.dedup();
        calls
    };
    let (first, second) = (calls("first"), calls("second"));
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first, second);
    let is_copy = |step: &Step| step.name.ends_with("argument copy") || step.name.ends_with("result copy");
    for op in ["first", "second", "norm", "product"] {
        for step in of(op) {
            assert_eq!(step.call.is_none(), is_copy(step), "{}", step.name);
        }
    }
}
