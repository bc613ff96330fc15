//! The plain evaluation that execution is compared with.

use tilesim_graph::{
    Graph,
    reference::{self, Precision, ReferenceError},
};
use tilesim_terms::Cancellation;

use crate::{Tensor, Tensors};

/// All tensors of a graph by name, every operator by its definition ([`reference::evaluate`]) and rounded to single precision,
/// until `cancellation` is asked for.
///
/// # Errors
/// When an input or parameter is not given, or does not fit the graph; [`ReferenceError::Cancelled`] where it was.
pub fn evaluate(
    graph: &Graph,
    inputs: &Tensors,
    weights: &Tensors,
    cancellation: &Cancellation,
) -> Result<Tensors, ReferenceError> {
    let given = inputs
        .iter()
        .chain(weights)
        .map(|(name, tensor)| {
            let tensor = reference::Tensor {
                shape: tensor.shape.clone(),
                values: tensor.values.iter().copied().map(f64::from).collect(),
            };
            (name.clone(), tensor)
        })
        .collect();
    let values = reference::evaluate_until(graph, &given, Precision::Single, cancellation)?;
    let single = |tensor: reference::Tensor| Tensor {
        shape: tensor.shape,
        values: tensor.values.into_iter().map(|value| value as f32).collect(),
    };
    Ok(values
        .into_iter()
        .map(|(name, tensor)| (name, single(tensor)))
        .collect())
}
