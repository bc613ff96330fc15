//! What operators compute as convolutions.

use tilesim_graph::{Convolution, Graph, Op, OpKind, Spatial};
use tilesim_terms::ConvolutionPass;

use super::skip;

/// The forward convolution of an operator and which of its passes it is; a fully connected layer is one over a field of one
/// position.
pub(crate) fn convolution_of(graph: &Graph, op: &Op) -> Option<(Convolution, ConvolutionPass)> {
    match &op.kind {
        OpKind::Convolution(convolution) => Some((convolution.clone(), ConvolutionPass::Forward)),
        OpKind::ConvolutionInputGradient(forward) => Some((forward.clone(), ConvolutionPass::InputGradient)),
        OpKind::ConvolutionWeightGradient(forward) => {
            Some((forward.clone(), ConvolutionPass::WeightGradient))
        }
        OpKind::FullyConnected => {
            let shape = |index: usize| op.inputs.get(index).map(|id| graph.tensor(*id).shape.as_slice());
            match (shape(0), shape(1)) {
                (Some(&[batch, in_channels]), Some(&[out_channels, _])) => Some((
                    Convolution::new(batch, in_channels, out_channels, &[1], &[1]),
                    ConvolutionPass::Forward,
                )),
                _ => None,
            }
        }
        _ => None,
    }
}

/// What an operator computes as a convolution.
pub(crate) struct ConvolutionTask {
    /// The forward convolution, without inputs that its stride skips.
    pub(crate) forward: Convolution,
    /// Which of its passes it is.
    pub(super) pass: ConvolutionPass,
    /// What was left out.
    pub(super) skipped: Option<SkippedInputs>,
}

/// Inputs that a stride skips.
pub(crate) struct SkippedInputs {
    /// Distance of the positions that are read.
    pub(super) strides: Spatial<u64>,
    /// Shape of the whole input.
    pub(super) shape: Vec<u64>,
}

/// What an operator computes as a convolution; `None` for any other operator.
pub(crate) fn convolution_task(graph: &Graph, op: &Op) -> Option<ConvolutionTask> {
    let (forward, pass) = convolution_of(graph, op)?;
    Some(match skip::without_skipped(&forward) {
        Some((dense, strides)) => ConvolutionTask {
            skipped: Some(SkippedInputs {
                strides,
                shape: forward.input_shape(),
            }),
            forward: dense,
            pass,
        },
        None => ConvolutionTask {
            forward,
            pass,
            skipped: None,
        },
    })
}
