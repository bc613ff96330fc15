//! Gradients of a graph's output without a loss: the backward pass alone.

use super::backward::{Walk, Walked};
use crate::{Graph, GraphBuilder, GraphError, Phase, TensorId, TensorKind};

/// A graph and its backward pass.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorJacobian {
    /// The graph, then its backward pass. Tensors and operators of the graph keep their ids.
    pub graph: Graph,
    /// The gradient of the graph's output, an input.
    pub output_gradient: TensorId,
    /// What a gradient is of, and the gradient: inputs, parameters, statistics of proxy-normalised activations.
    pub gradients: Vec<(TensorId, TensorId)>,
}

/// Appends to a graph with one output its backward pass, from any gradient of the output, called `<output>/gradient`.
///
/// # Errors
/// When the graph has more outputs or an operator has no gradient.
pub fn vector_jacobian(graph: &Graph) -> Result<VectorJacobian, GraphError> {
    let &[output] = graph.outputs.as_slice() else {
        return Err(GraphError::OneOutput {
            got: graph.outputs.len(),
        });
    };
    let inputs = graph.inputs.clone();
    let tensor = graph.tensor(output).clone();
    let mut builder = GraphBuilder::resume(graph.clone());
    let output_gradient = builder.input(
        format!("{}/gradient", tensor.name),
        tensor.shape,
        tensor.data_type,
    )?;
    builder.results_are(TensorKind::Gradient);
    builder.phase_is(Phase::Backward);
    let walk = Walk::new(builder, &inputs, |_, _, _| Ok(()));
    let Walked {
        builder, gradients, ..
    } = walk.from(output, |_| Ok(output_gradient))?;
    Ok(VectorJacobian {
        graph: builder.finish(vec![output])?,
        output_gradient,
        gradients: gradients.into_iter().collect(),
    })
}
