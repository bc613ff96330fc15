//! Cost of a whole network.

use std::collections::BTreeSet;

use super::{
    LayerCost,
    elementwise::ElementwiseCount,
    parameters::{ParameterCount, cast_sources},
};
use crate::{Graph, LayerId, LayerKind, OpKind, TensorKind};

/// Theoretical cost of a network for the whole batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TheoreticalCost {
    /// Layers in network order.
    pub layers: Vec<LayerCost>,
    /// Multiply-accumulates, products with padding counted.
    pub macs: u64,
    /// Multiply-accumulates, products with padding left out.
    pub macs_without_padding: u64,
    /// Of the multiply-accumulates: those of convolutions that read the network's input, which need no input gradient.
    pub input_layer_macs: u64,
    /// Of the multiply-accumulates: those of products of two activations, such as queries with keys.
    pub activation_product_macs: u64,
    /// Parameters.
    pub parameters: ParameterCount,
    /// Everything but the multiply-accumulates.
    pub elementwise: ElementwiseCount,
    /// Elements that convolutions and fully connected layers put out.
    pub activation_elements: u64,
    /// Bytes of the same.
    pub activation_bytes: u64,
    /// Elements that convolutions and fully connected layers read.
    pub input_elements: u64,
    /// Elements that all operators put out; gates and global pools are left out, which put out one for each channel.
    pub operator_output_elements: u64,
    /// Elements of the largest input or activation.
    pub largest_tensor_elements: u64,
}

/// Sums over the layers of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindCost {
    /// The kind.
    pub kind: LayerKind,
    /// Layers.
    pub layers: u64,
    /// Multiply-accumulates.
    pub macs: u64,
    /// Parameters.
    pub parameters: ParameterCount,
    /// Elements that the main operators put out.
    pub output_elements: u64,
}

impl TheoreticalCost {
    /// Floating-point operations of the multiply-accumulates.
    pub const fn flops(&self) -> u64 {
        2 * self.macs
    }

    /// Multiply-accumulates of a training step: forward, input gradients and weight gradients, and with `recompute` the
    /// forward pass a second time. Convolutions that read the network's input need no input gradient.
    pub const fn training_step_macs(&self, recompute: bool) -> u64 {
        let passes = if recompute { 4 } else { 3 };
        passes * self.macs - self.input_layer_macs
    }

    /// Sums over the layers of a kind.
    pub fn of_kind(&self, kind: LayerKind) -> KindCost {
        let mut cost = KindCost {
            kind,
            layers: 0,
            macs: 0,
            parameters: ParameterCount::default(),
            output_elements: 0,
        };
        for layer in self.layers.iter().filter(|layer| layer.kind == kind) {
            cost.layers += 1;
            cost.macs += layer.macs;
            cost.parameters += layer.parameters;
            cost.output_elements += layer.output_elements;
        }
        cost
    }

    /// Sums over the layers of each kind that the network has, in the order of [`LayerKind::ALL`].
    pub fn kinds(&self) -> Vec<KindCost> {
        LayerKind::ALL
            .into_iter()
            .map(|kind| self.of_kind(kind))
            .filter(|cost| cost.layers > 0)
            .collect()
    }
}

/// Theoretical cost of a network, layer by layer and in total.
///
/// The published counts are of the graph as its network defines it: count before folding norms.
pub fn theoretical_cost(graph: &Graph) -> TheoreticalCost {
    let mut layers: Vec<LayerCost> = (0..graph.layers.len())
        .map(|index| LayerCost::empty(graph, LayerId(index as u32)))
        .collect();
    let sources = cast_sources(graph);
    let mut counted = BTreeSet::new();
    let mut activation_bytes = 0;
    let mut input_layer_macs = 0;
    let mut activation_product_macs = 0;
    for op in &graph.ops {
        layers[op.layer.0 as usize].add(graph, op, &sources, &mut counted);
        if matches!(op.kind, OpKind::Convolution(_) | OpKind::FullyConnected) {
            let output = graph.tensor(op.output);
            activation_bytes += output.elements() * output.data_type.bytes();
        }
        if let OpKind::Convolution(convolution) = &op.kind
            && op.inputs.first().is_some_and(|x| graph.inputs.contains(x))
        {
            input_layer_macs += convolution.macs();
        }
        if let OpKind::Convolution(convolution) = &op.kind
            && let Some(weights) = op.inputs.get(1)
            && graph.tensor(sources[weights.0 as usize]).kind == TensorKind::Activation
        {
            activation_product_macs += convolution.macs();
        }
    }
    let mut parameters = ParameterCount::default();
    let mut elementwise = ElementwiseCount::default();
    for layer in &layers {
        parameters += layer.parameters;
        elementwise += layer.elementwise;
    }
    let with_weights = || layers.iter().filter(|layer| layer.has_weights());
    TheoreticalCost {
        macs: layers.iter().map(|layer| layer.macs).sum(),
        macs_without_padding: layers.iter().map(|layer| layer.macs_without_padding).sum(),
        input_layer_macs,
        activation_product_macs,
        parameters,
        elementwise,
        activation_elements: with_weights().map(|layer| layer.output_elements).sum(),
        activation_bytes,
        input_elements: with_weights().map(|layer| layer.input_elements).sum(),
        operator_output_elements: layers.iter().map(LayerCost::operator_output_elements).sum(),
        largest_tensor_elements: graph
            .tensors
            .iter()
            .filter(|tensor| matches!(tensor.kind, TensorKind::Input | TensorKind::Activation))
            .map(crate::Tensor::elements)
            .max()
            .unwrap_or(0),
        layers,
    }
}
