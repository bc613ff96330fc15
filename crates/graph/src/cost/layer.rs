//! Cost of one layer.

use std::collections::BTreeSet;

use super::elementwise::{ElementwiseCount, is_gate};
use super::parameters::ParameterCount;
use crate::{Convolution, Graph, LayerId, LayerKind, Op, OpKind, Phase, Tensor, TensorId, TensorKind};

/// Theoretical cost of one layer: its main operator (the first that is no reshape or cast) and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerCost {
    /// The layer.
    pub layer: LayerId,
    /// Its name, such as `block2a/b`.
    pub name: String,
    /// Its block, such as `block2a`.
    pub block: String,
    /// Its kind.
    pub kind: LayerKind,
    /// Input size per spatial dimension of the main operator.
    pub input: Vec<u64>,
    /// Output size per spatial dimension of the main operator.
    pub output: Vec<u64>,
    /// Kernel of a convolution or window of a pool per spatial dimension; empty for other operators.
    pub kernel: Vec<u64>,
    /// Stride of a convolution or pool per spatial dimension; empty for other operators.
    pub stride: Vec<u64>,
    /// Channels that the main operator reads.
    pub in_channels: u64,
    /// Channels that the main operator puts out.
    pub out_channels: u64,
    /// Groups of a convolution; 1 for other operators.
    pub conv_groups: u64,
    /// Input channels of one group (the group size) of a convolution or fully connected layer; 0 for other operators.
    pub group_size: u64,
    /// Multiply-accumulates, products with padding counted.
    pub macs: u64,
    /// Multiply-accumulates, products with padding left out.
    pub macs_without_padding: u64,
    /// Parameters.
    pub parameters: ParameterCount,
    /// Elements of the main operator's operands that span the output's field: both operands of an addition, but not the gate
    /// of a squeeze-excite.
    pub input_elements: u64,
    /// Elements that the main operator puts out.
    pub output_elements: u64,
    /// Everything but the multiply-accumulates.
    pub elementwise: ElementwiseCount,
    /// Whether a norm follows.
    pub norm: bool,
    /// Whether an activation follows that is not a squeeze-excite gate.
    pub activation: bool,
    /// Whether that activation is proxy-normalised.
    pub proxy: bool,
}

impl LayerCost {
    /// Floating-point operations of the multiply-accumulates.
    pub const fn flops(&self) -> u64 {
        2 * self.macs
    }

    /// Whether the main operator is a convolution or fully connected.
    pub const fn has_weights(&self) -> bool {
        self.macs > 0
    }

    /// Elements put out by all operators; gates and global pools are left out, which put out one for each channel.
    pub const fn operator_output_elements(&self) -> u64 {
        self.elementwise.outputs()
            + if self.has_weights() {
                self.output_elements
            } else {
                0
            }
    }

    /// A layer to which no operator has been added.
    pub(super) fn empty(graph: &Graph, layer: LayerId) -> Self {
        let described = graph.layer(layer);
        Self {
            layer,
            name: described.name.clone(),
            block: described.block.clone(),
            kind: described.kind,
            input: Vec::new(),
            output: Vec::new(),
            kernel: Vec::new(),
            stride: Vec::new(),
            in_channels: 0,
            out_channels: 0,
            conv_groups: 1,
            group_size: 0,
            macs: 0,
            macs_without_padding: 0,
            parameters: ParameterCount::default(),
            input_elements: 0,
            output_elements: 0,
            elementwise: ElementwiseCount::default(),
            norm: false,
            activation: false,
            proxy: false,
        }
    }

    /// Adds an operator; the first that is no reshape or cast is the main operator.
    pub(super) fn add(
        &mut self,
        graph: &Graph,
        op: &Op,
        sources: &[TensorId],
        counted: &mut BTreeSet<TensorId>,
    ) {
        if self.output_elements == 0 && !matches!(op.kind, OpKind::Reshape | OpKind::Cast(_)) {
            self.describe(graph, op);
        }
        self.parameters += ParameterCount::of(graph, op, sources, counted);
        self.elementwise += ElementwiseCount::of(graph, op);
        match &op.kind {
            OpKind::Norm(_) => self.norm = true,
            OpKind::Activation(activation) if !is_gate(graph, op, *activation) => self.activation = true,
            OpKind::ProxyActivation(_) => {
                self.activation = true;
                self.proxy = true;
            }
            // The three passes of a convolution have as many products each.
            OpKind::Convolution(convolution)
            | OpKind::ConvolutionInputGradient(convolution)
            | OpKind::ConvolutionWeightGradient(convolution) => {
                self.macs += convolution.macs();
                self.macs_without_padding += convolution.macs_without_padding();
            }
            OpKind::FullyConnected => {
                let macs = fully_connected_macs(graph, op);
                self.macs += macs;
                self.macs_without_padding += macs;
            }
            _ => {}
        }
    }

    fn describe(&mut self, graph: &Graph, op: &Op) {
        let output = graph.tensor(op.output);
        self.output = spatial(output);
        self.out_channels = channels(output);
        self.output_elements = output.elements();
        if let Some(&x) = op.inputs.first() {
            self.input = spatial(graph.tensor(x));
            self.in_channels = channels(graph.tensor(x));
        }
        self.input_elements = operands_with_field(graph, op).map(Tensor::elements).sum();
        match &op.kind {
            OpKind::Convolution(convolution) => self.describe_convolution(convolution, false),
            // In the forward pass it is a transposed convolution; a backward pass describes no layers by its operators.
            OpKind::ConvolutionInputGradient(forward) if op.phase == Phase::Forward => {
                self.describe_convolution(forward, true);
            }
            OpKind::FullyConnected => self.group_size = self.in_channels,
            OpKind::Pool(pool) | OpKind::PoolGradient(pool) => {
                self.kernel.clone_from(&pool.kernel);
                self.stride.clone_from(&pool.stride);
            }
            _ => {}
        }
    }

    fn describe_convolution(&mut self, convolution: &Convolution, transposed: bool) {
        self.kernel = convolution.kernel.to_vec();
        self.stride = convolution.stride.to_vec();
        self.conv_groups = convolution.conv_groups;
        self.group_size = if transposed {
            convolution.out_channels_per_group
        } else {
            convolution.in_channels_per_group
        };
    }
}

/// The operands that carry the field: x, and a second operand of the same shape.
fn operands_with_field<'a>(graph: &'a Graph, op: &'a Op) -> impl Iterator<Item = &'a Tensor> {
    let first = op.inputs.first().map(|&x| graph.tensor(x));
    op.inputs
        .iter()
        .map(|&id| graph.tensor(id))
        .filter(|tensor| !matches!(tensor.kind, TensorKind::Parameter | TensorKind::Statistic))
        .filter(move |tensor| first.is_some_and(|first| first.shape == tensor.shape))
}

fn spatial(tensor: &Tensor) -> Vec<u64> {
    tensor.shape.iter().skip(2).copied().collect()
}

fn channels(tensor: &Tensor) -> u64 {
    tensor.shape.get(1).copied().unwrap_or(1)
}

fn fully_connected_macs(graph: &Graph, op: &Op) -> u64 {
    let outputs = graph.tensor(op.output).elements();
    op.inputs
        .first()
        .map_or(0, |&x| outputs.saturating_mul(channels(graph.tensor(x))))
}
