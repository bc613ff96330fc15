//! Where what rests on the chip comes from.

use tilesim_graph::{Graph, NormKind, OpKind, TensorId};
use tilesim_program::{Scalar, Source};

/// What a variable of a parameter, or of a view of one, holds. Of a batch norm's variance that is what the kernels take.
pub(super) fn source(graph: &Graph, tensor: TensorId) -> Source {
    let original = viewed(graph, tensor);
    let name = graph.tensor(original).name.clone();
    let epsilon = graph.ops.iter().find_map(|op| match &op.kind {
        OpKind::Norm(norm) if norm.kind == NormKind::Batch && op.inputs.last() == Some(&original) => {
            Some(norm.epsilon)
        }
        _ => None,
    });
    match epsilon {
        Some(epsilon) => Source::InverseDeviation {
            variance: name,
            epsilon: Scalar::new(epsilon),
        },
        None => Source::Tensor(name),
    }
}

/// The tensor of which a tensor is a view, or itself.
fn viewed(graph: &Graph, tensor: TensorId) -> TensorId {
    let producer = graph.ops.iter().find(|op| op.output == tensor);
    match producer.map(|op| (&op.kind, op.inputs.as_slice())) {
        Some((OpKind::Reshape, &[original])) => viewed(graph, original),
        _ => tensor,
    }
}
