//! Classes, where the network is a classifier.

use schemars::JsonSchema;
use serde::Serialize;
use tilesim_exec::{Tensor, largest_of};
use tilesim_graph::{Graph, OpKind, TensorId};

/// Classes that are listed.
const LISTED: usize = 5;

/// A class, and what the network says of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Class {
    /// Its index.
    pub class: usize,
    /// Its value.
    pub value: f32,
}

/// Whether a network tells classes apart: it has a single output `[N, classes]`, of two classes or more, that comes from a fully
/// connected layer, a convolution or a mean over space, with nothing but softmax, reshapes, and scales and shifts by constants after
/// it.
pub(super) fn is_classifier(graph: &Graph) -> bool {
    let &[output] = graph.outputs.as_slice() else {
        return false;
    };
    matches!(*graph.tensor(output).shape, [_, classes] if classes > 1) && is_score(graph, output)
}

/// Whether a tensor holds one number for each class.
fn is_score(graph: &Graph, tensor: TensorId) -> bool {
    let mut at = tensor;
    // Operands stand before their readers, so this ends.
    while let Some(op) = graph.ops.iter().find(|op| op.output == at) {
        match &op.kind {
            OpKind::FullyConnected | OpKind::Convolution(_) | OpKind::GlobalAveragePool => return true,
            OpKind::Softmax { .. }
            | OpKind::Rearrange(_)
            | OpKind::Reshape
            | OpKind::Cast(_)
            | OpKind::Scale { .. }
            | OpKind::Binary(_) => {
                let mut computed = op
                    .inputs
                    .iter()
                    .filter(|&&input| graph.ops.iter().any(|op| op.output == input));
                let (Some(&operand), None) = (computed.next(), computed.next()) else {
                    return false;
                };
                at = operand;
            }
            _ => return false,
        }
    }
    false
}

/// The largest elements of each sample.
pub(super) fn top(output: &Tensor) -> Vec<Vec<Class>> {
    let samples = output.shape.first().copied().unwrap_or(1).max(1) as usize;
    let length = (output.values.len() / samples).max(1);
    let listed = |row: &[f32]| {
        let classes = largest_of(row, LISTED).into_iter();
        classes
            .map(|class| Class {
                class,
                value: row[class],
            })
            .collect()
    };
    output.values.chunks(length).map(listed).collect()
}

#[cfg(test)]
mod tests {
    use tilesim_graph::{Activation, ElementType, GraphBuilder, LayerKind};

    use super::*;

    fn network(build: impl Fn(&mut GraphBuilder, TensorId) -> TensorId) -> Graph {
        let mut builder = GraphBuilder::new("net", ElementType::F16);
        let x = builder
            .input("x", vec![2, 3, 4, 4], ElementType::F16)
            .expect("an input");
        builder.layer("head", "head", LayerKind::FullyConnected);
        let y = build(&mut builder, x);
        builder.finish(vec![y]).expect("a network")
    }

    #[test]
    fn classifiers_end_with_scores() {
        let mean = |builder: &mut GraphBuilder, x| {
            let y = builder
                .op("mean", OpKind::GlobalAveragePool, vec![x])
                .expect("a mean");
            builder.reshape("flat", y, &[2, 3]).expect("a reshape")
        };
        assert!(is_classifier(&network(mean)));
        assert!(is_classifier(&network(|builder, x| {
            let y = mean(builder, x);
            builder
                .op("softmax", OpKind::Softmax { axes: 1..2 }, vec![y])
                .expect("a softmax")
        })));
        // An image, and an embedding.
        assert!(!is_classifier(&network(|builder, x| {
            builder
                .activation("y", Activation::Relu, x)
                .expect("an activation")
        })));
        assert!(!is_classifier(&network(|builder, x| {
            let y = mean(builder, x);
            builder
                .activation("y", Activation::Tanh, y)
                .expect("an activation")
        })));
    }
}
