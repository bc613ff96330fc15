//! What cannot be lowered is named.

use tilesim_graph::{Convolution, Graph, GraphBuilder, LayerKind, OpKind, Rearrangement, TensorId};
use tilesim_lower::{LowerError, LowerOptions, PlanSource, lower};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::Precision;
use tilesim_test_support::machines::mk2;

fn graph(add: impl FnOnce(&mut GraphBuilder, TensorId) -> TensorId) -> Graph {
    let mut builder = GraphBuilder::new("test", ElementType::F16);
    let image = builder
        .input("image", vec![1, 8, 4, 4], ElementType::F16)
        .expect("an input");
    builder.layer("layer", "layer", LayerKind::Conv);
    let output = add(&mut builder, image);
    builder.finish(vec![output]).expect("a graph")
}

fn message(graph: &Graph, machine: &Machine, options: &LowerOptions) -> String {
    lower(graph, machine, options, PlanSource::Own)
        .expect_err("an error")
        .to_string()
}

#[test]
fn operands_of_several_types_are_not_put_together() {
    let graph = graph(|builder, image| {
        let single = builder
            .op("single", OpKind::Cast(ElementType::F32), vec![image])
            .expect("a cast");
        let shape: &[u64] = &[1, 8, 4, 4];
        let both = Rearrangement::concat(&[shape, shape], 1).expect("operands that agree");
        builder
            .rearrange("both", both, vec![image, single])
            .expect("a result")
    });
    let message = message(&graph, &mk2(), &LowerOptions::default());
    assert!(
        message.contains("`both`") && message.contains("operands of several types is unsupported"),
        "{message}"
    );
}

#[test]
fn a_convolution_without_a_plan_is_named() {
    let graph = graph(|builder, image| {
        let convolution = Convolution::new(1, 8, 8, &[4, 4], &[3, 3]).same_padded();
        let weights = builder
            .parameter("weights", convolution.weight_shape())
            .expect("a parameter");
        builder
            .convolution("mix", convolution, image, weights, None)
            .expect("a convolution")
    });
    // No kernel multiplies bytes.
    let options = LowerOptions {
        precision: Precision {
            data: ElementType::U8,
            partials: ElementType::U8,
        },
        ..LowerOptions::default()
    };
    let error = lower(&graph, &mk2(), &options, PlanSource::Own).expect_err("no plan");
    assert!(
        matches!(&error, LowerError::NoPlan { op, .. } if op == "mix"),
        "{error}"
    );
    assert!(error.to_string().starts_with("operator `mix`: "), "{error}");
}

#[test]
fn a_tensor_that_nothing_puts_out_is_named() {
    let mut graph = graph(|builder, image| builder.softmax("choose", image).expect("a softmax"));
    graph.inputs.clear();
    let message = message(&graph, &mk2(), &LowerOptions::default());
    assert_eq!(
        message,
        "operator `choose` reads tensor `image`, which nothing has put out"
    );
}
