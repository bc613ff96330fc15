//! Gradients of a graph's output without a loss: the backward pass alone.

use std::collections::BTreeMap;

use super::{
    backward::{Walk, WalkResult},
    proxy::{self, Proxy},
};
use crate::{Graph, GraphBuilder, GraphError, LayerId, Phase, TensorId, TensorKind, cost::cast_sources};

/// A graph and its backward pass.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorJacobian {
    /// The graph, then its backward pass. Tensors and operators of the graph keep their ids.
    pub graph: Graph,
    /// The gradient of the graph's output, an input.
    pub output_gradient: TensorId,
    /// What a gradient is of, and the gradient: inputs, parameters, statistics of proxy-normalised activations.
    pub gradients: Vec<(TensorId, TensorId)>,
    /// Statistics of proxies that the graph is given, and the same worked out from their parameters, where those were asked for.
    pub statistics: Vec<(TensorId, TensorId)>,
}

/// Appends to a graph with one output its backward pass, from any gradient of the output, called `<output>/gradient`.
///
/// Statistics of proxies are constants with gradients of their own.
///
/// # Errors
/// When the graph has more outputs or an operator has no gradient.
pub fn vector_jacobian(graph: &Graph) -> Result<VectorJacobian, GraphError> {
    let output = output(graph)?;
    let (walked, output_gradient) = walked(graph, output)?;
    Ok(VectorJacobian {
        graph: walked.builder.finish(vec![output])?,
        output_gradient,
        gradients: walked.gradients.into_iter().collect(),
        statistics: Vec::new(),
    })
}

/// The same, with gradients that go on through the statistics of proxies to beta, gamma, beta′ and gamma′: what the update of a
/// training step works out, without a loss. The parameters `<activation>/proxy_beta` and `<activation>/proxy_gamma` are added.
///
/// # Errors
/// When the graph has more outputs or an operator has no gradient.
pub fn vector_jacobian_through_proxies(graph: &Graph) -> Result<VectorJacobian, GraphError> {
    let output = output(graph)?;
    let (walked, output_gradient) = walked(graph, output)?;
    let WalkResult {
        mut builder,
        gradients,
        ..
    } = walked;
    let sources = cast_sources(graph);
    let layer = graph.ops.last().map_or(LayerId(0), |op| op.layer);
    let mut gradients: BTreeMap<_, _> = gradients
        .into_iter()
        .map(|(of, gradient)| (of, (gradient, layer)))
        .collect();
    let mut changes = Vec::new();
    for op in &graph.ops {
        if let Some(proxy) = Proxy::of(op, &sources) {
            let through = proxy::gradients(&mut builder, proxy, &mut gradients)?;
            proxy::renew(&mut builder, &mut changes, &through, &[])?;
        }
    }
    Ok(VectorJacobian {
        graph: builder.finish(vec![output])?,
        output_gradient,
        gradients: gradients
            .into_iter()
            .map(|(of, (gradient, _))| (of, gradient))
            .collect(),
        statistics: changes
            .into_iter()
            .map(|change| (change.before, change.after))
            .collect(),
    })
}

fn output(graph: &Graph) -> Result<TensorId, GraphError> {
    let &[output] = graph.outputs.as_slice() else {
        return Err(GraphError::OneOutput {
            got: graph.outputs.len(),
        });
    };
    Ok(output)
}

/// The walk from the output, and the gradient that it starts with.
fn walked(graph: &Graph, output: TensorId) -> Result<(WalkResult<()>, TensorId), GraphError> {
    let tensor = graph.tensor(output).clone();
    let mut builder = GraphBuilder::resume(graph.clone());
    let output_gradient = builder.input(
        format!("{}/gradient", tensor.name),
        tensor.shape,
        tensor.data_type,
    )?;
    builder.results_are(TensorKind::Gradient);
    builder.phase_is(Phase::Backward);
    let walk = Walk::new(builder, &graph.inputs, |_, _, _| Ok(()));
    Ok((walk.from(output, |_| Ok(output_gradient))?, output_gradient))
}
