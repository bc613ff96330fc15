//! Batch norms that are folded into convolutions, parameters and all.

use tilesim_exec::{Mode, evaluate, fold_batch_norm, seeded_inputs, seeded_weights};
use tilesim_graph::{
    Convolution, ElementType, Graph, GraphBuilder, GraphError, LayerKind, Norm, NormKind, OpKind,
};
use tilesim_lower::{LowerOptions, PlanSource, lower};
use tilesim_terms::Cancellation;

use crate::common::{compare, machine};

/// A grouped convolution or the transpose of one, with a bias or without, and a batch norm.
fn graph([transposed, with_bias, gamma, beta]: [bool; 4]) -> Result<Graph, GraphError> {
    let (inputs, outputs) = if transposed { (8, 12) } else { (12, 8) };
    let convolution = Convolution::new(2, inputs, outputs, &[6, 6], &[3, 3]).same_padded();
    let convolution = convolution.clone().grouped(4).unwrap_or(convolution);
    let mut builder = GraphBuilder::new("folding", ElementType::F32);
    builder.layer("layer", "block", LayerKind::Conv);
    let x = builder.input("x", vec![2, 12, 6, 6], ElementType::F32)?;
    let weights = builder.parameter("conv/weight", convolution.weight_shape())?;
    let bias = if with_bias {
        Some(builder.parameter("conv/own bias", vec![8])?)
    } else {
        None
    };
    let y = if transposed {
        let kind = OpKind::ConvolutionInputGradient(convolution);
        builder.op("conv", kind, [x, weights].into_iter().chain(bias).collect())?
    } else {
        builder.convolution("conv", convolution, x, weights, bias)?
    };
    let mut parameters = Vec::new();
    for (name, present) in [("norm/gamma", gamma), ("norm/beta", beta)] {
        if present {
            parameters.push(builder.parameter(name, vec![8])?);
        }
    }
    for name in ["norm/mean", "norm/variance"] {
        parameters.push(builder.statistic(name, vec![8])?);
    }
    let norm = Norm {
        kind: NormKind::Batch,
        epsilon: 1e-3,
        gamma,
        beta,
    };
    let normed = builder.norm("norm", norm, y, &parameters)?;
    builder.finish(vec![normed])
}

#[test]
fn folded_parameters_compute_what_the_norm_does() {
    for choices in 0..16 {
        let chosen = |bit: u32| choices >> bit & 1 == 1;
        let original = graph([3, 0, 1, 2].map(chosen)).expect("a graph");
        let folded = tilesim_graph::fold_batch_norm(&original);
        assert_eq!(folded.ops.len(), 1);
        let (inputs, weights) = (seeded_inputs(&original, 1), seeded_weights(&original, 2));
        let folded_weights = fold_batch_norm(&original, &folded, &weights);
        let expected = evaluate(&original, &inputs, &weights, &Cancellation::never()).expect("evaluates");
        let result = evaluate(&folded, &inputs, &folded_weights, &Cancellation::never()).expect("evaluates");
        let name = &original.tensor(original.outputs[0]).name;
        let error = result[name].relative_error(&expected[name]);
        assert!(error < 1e-6, "{choices}: {error}");
    }
}

#[test]
fn norms_that_are_operators_compute_what_they_should() {
    for choices in 0..16 {
        let chosen = |bit: u32| choices >> bit & 1 == 1;
        let graph = graph([3, 0, 1, 2].map(chosen)).expect("a graph");
        let (inputs, weights) = (seeded_inputs(&graph, 1), seeded_weights(&graph, 2));
        let options = LowerOptions::default();
        let lowered = lower(&graph, &machine(16), &options, PlanSource::Own).expect("a program");
        let difference = compare(&graph, &lowered.program, &inputs, &weights, Mode::Float, 1e-5);
        assert_eq!(difference, None, "{choices}");
    }
}
