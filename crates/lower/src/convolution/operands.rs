//! The tensors of a convolution, in the dimensions of the network, as the iteration space touches them.

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};
use tilesim_geometry::{Cover, Operand, Window};
use tilesim_graph::Convolution;
use tilesim_terms::ConvolutionPass;

use super::space::{BATCH, CHANNEL_IN, CHANNEL_OUT, GROUP, GROUP_IN, GROUP_OUT, Space};
use crate::layout::{Order, greatest_common_divisor};

/// Shapes of the tensors of a pass, in the dimensions of the network.
pub(crate) struct Shapes {
    /// What the kernel streams.
    pub(crate) input: Vec<u64>,
    /// What the kernel holds.
    pub(crate) weights: Vec<u64>,
    /// The result.
    pub(crate) output: Vec<u64>,
}

impl Shapes {
    /// Shapes of the tensors of a pass of `forward`.
    pub(crate) fn new(forward: &Convolution, pass: ConvolutionPass) -> Self {
        let (x, weights, y) = (
            forward.input_shape(),
            forward.weight_shape(),
            forward.output_shape(),
        );
        let (input, weights, output) = match pass {
            ConvolutionPass::Forward => (x, weights, y),
            ConvolutionPass::InputGradient => (y, weights, x),
            ConvolutionPass::WeightGradient => (x, y, weights),
        };
        Self {
            input,
            weights,
            output,
        }
    }
}

/// A tensor as the space touches it, and what lies innermost where the kernel reads or writes it.
#[derive(Debug, Clone)]
pub(super) struct OrderedOperand {
    pub(super) operand: Arc<Operand>,
    pub(super) order: Order,
}

/// The tensors of one pass.
#[derive(Debug, Clone)]
pub(super) struct Operands {
    /// What the kernel streams: the input, or the gradient of the output.
    pub(super) input: OrderedOperand,
    /// What the kernel holds: the weights, or for their gradient the gradient of the output.
    pub(super) weights: OrderedOperand,
    /// The result.
    pub(super) output: OrderedOperand,
    /// Biases, `[1, C]`.
    pub(super) bias: OrderedOperand,
}

impl Operands {
    /// The tensors of a pass of `forward`, whose own convolution is that of `space`.
    pub(super) fn new(space: &Space, pass: ConvolutionPass, forward: &Convolution) -> Self {
        let grouping = space.plan.grouping;
        let inputs = space.channels(GROUP_IN, CHANNEL_IN);
        let outputs = space.channels(GROUP_OUT, CHANNEL_OUT);
        let samples = single(BATCH);
        // Blocks of whole groups lie over the channels of the groups.
        let grouped = grouping.conv_groups > 1;
        let in_block = grouping.conv_groups * space.in_channel_block();
        let out_block = grouping.conv_groups * space.out_channel_block();
        // With swapped operands the samples are the kernel's output channels, unless a block is one of groups.
        let of_samples = space.plan.transforms.swap_operands && !grouped;
        let channel_order = |block| Order::Channels { block };
        let sample_order = |block| Order::Samples { block };
        match pass {
            ConvolutionPass::Forward => Self {
                input: touched(
                    &forward.input_shape(),
                    [samples.clone(), inputs],
                    space.input_positions(),
                    channel_order(in_block),
                ),
                // Swapped, weights are what the kernel takes for inputs, of the groups whose inputs it takes.
                weights: touched(
                    &forward.weight_shape(),
                    [
                        if space.plan.transforms.swap_operands {
                            space.channels(GROUP_IN, CHANNEL_OUT)
                        } else {
                            outputs.clone()
                        },
                        single(CHANNEL_IN),
                    ],
                    space.kernel_positions(false),
                    channel_order(space.weight_block()),
                ),
                output: touched(
                    &forward.output_shape(),
                    [samples, outputs.clone()],
                    space.output_positions(),
                    if of_samples {
                        sample_order(out_block)
                    } else {
                        channel_order(out_block)
                    },
                ),
                bias: bias(outputs, forward.out_channels(), out_block),
            },
            ConvolutionPass::InputGradient => Self {
                input: touched(
                    &forward.output_shape(),
                    [samples.clone(), inputs.clone()],
                    space.input_positions(),
                    channel_order(in_block),
                ),
                // The forward pass's outputs are this one's inputs, and its kernel is read backwards.
                weights: touched(
                    &forward.weight_shape(),
                    [inputs, single(CHANNEL_OUT)],
                    space.kernel_positions(true),
                    sample_order(in_block),
                ),
                output: touched(
                    &forward.input_shape(),
                    [samples, outputs.clone()],
                    space.output_positions(),
                    if of_samples {
                        sample_order(out_block)
                    } else {
                        channel_order(out_block)
                    },
                ),
                bias: bias(outputs, forward.in_channels(), out_block),
            },
            ConvolutionPass::WeightGradient => {
                let inner = if grouped {
                    channel_order(grouping.conv_groups)
                } else {
                    sample_order(grouping.in_channels)
                };
                Self {
                    input: touched(
                        &forward.input_shape(),
                        [single(CHANNEL_IN), Cover::Variables(smallvec![GROUP, BATCH])],
                        space.input_positions(),
                        inner,
                    ),
                    weights: touched(
                        &forward.output_shape(),
                        [
                            single(CHANNEL_IN),
                            Cover::Variables(smallvec![GROUP, CHANNEL_OUT]),
                        ],
                        space.kernel_positions(false),
                        inner,
                    ),
                    output: touched(
                        &forward.weight_shape(),
                        [outputs.clone(), samples],
                        space.output_positions(),
                        if of_samples {
                            channel_order(out_block)
                        } else {
                            sample_order(out_block)
                        },
                    ),
                    bias: bias(outputs, forward.out_channels(), out_block),
                }
            }
        }
    }
}

impl Space<'_> {
    /// A channel of all groups.
    fn channels(&self, group: u8, channel: u8) -> Cover {
        Cover::Variables(if self.combined() == 1 {
            smallvec![GROUP, channel]
        } else {
            smallvec![GROUP, group, channel]
        })
    }

    /// Channels of the input that lie side by side in a block of the kernel's input channels.
    fn in_channel_block(&self) -> u64 {
        let own = self.combined() * self.convolution.in_channels_per_group;
        within_block(self.plan.grouping.in_channels, own, self.folds_inputs())
    }

    /// Input channels of weights that lie side by side in such a block: next to those of one group lie zeros.
    fn weight_block(&self) -> u64 {
        let folded = self.folds_inputs() || self.combined() > 1;
        let own = self.convolution.in_channels_per_group;
        within_block(self.plan.grouping.in_channels, own, folded)
    }

    /// Whether positions are folded into the input channels.
    fn folds_inputs(&self) -> bool {
        let transforms = &self.plan.transforms;
        !transforms.expand_dims.is_empty() || !transforms.out_channel_flatten_dims.is_empty()
    }

    /// Channels, or with swapped operands samples, of the output that lie side by side in a block of the kernel's output channels.
    fn out_channel_block(&self) -> u64 {
        let transforms = &self.plan.transforms;
        let folded = !transforms.out_channel_flatten_dims.is_empty();
        let own = if transforms.swap_operands {
            self.convolution.batch
        } else {
            self.combined() * self.convolution.out_channels_per_group
        };
        within_block(self.plan.grouping.out_channels, own, folded)
    }

    fn output_positions(&self) -> Vec<Cover> {
        (0..self.dimensions()).map(|d| single(Self::field(d))).collect()
    }

    fn input_positions(&self) -> Vec<Cover> {
        let convolution = self.convolution;
        (0..self.dimensions())
            .map(|d| {
                if self.sums_over_inputs(d) {
                    return single(self.summed(d));
                }
                Cover::Window(Window {
                    output: Self::field(d),
                    kernel: self.summed(d),
                    stride: convolution.stride[d].cast_signed(),
                    kernel_dilation: convolution.kernel_dilation[d],
                    input_dilation: convolution.input_dilation[d],
                    padding_lower: convolution.padding_lower[d],
                    skips: self.is_folded(d),
                })
            })
            .collect()
    }

    /// Whether a dimension is folded into the channels. What is read of it is copied position by position (PopLibs `ConvPlan.cpp`
    /// `getExpandDimsCandidates`, `Convolution.cpp` `expandSpatialDim`), and what a stride passes over is none of that.
    fn is_folded(&self, d: usize) -> bool {
        let transforms = &self.plan.transforms;
        transforms.expand_dims.contains(&d) || transforms.out_channel_flatten_dims.contains(&d)
    }

    /// Positions of the kernel tensor, which is read backwards where `flipped`.
    fn kernel_positions(&self, flipped: bool) -> Vec<Cover> {
        let convolution = self.convolution;
        (0..self.dimensions())
            .map(|d| {
                let last = convolution.kernel[d].cast_signed() - 1;
                let (stride, dilation) = (convolution.stride[d], convolution.input_dilation[d]);
                let between = convolution.kernel_dilation[d];
                match (self.sums_over_inputs(d), flipped) {
                    (false, false) => single(self.summed(d)),
                    // last − kernel
                    (false, true) => Cover::Window(Window {
                        output: self.summed(d),
                        kernel: self.unit(),
                        stride: -1,
                        kernel_dilation: 1,
                        input_dilation: 1,
                        padding_lower: -last,
                        skips: false,
                    }),
                    // (input · dilation + padding − output · stride) / between
                    (true, false) => Cover::Window(Window {
                        output: Self::field(d),
                        kernel: self.summed(d),
                        stride: -stride.cast_signed(),
                        kernel_dilation: dilation,
                        input_dilation: between,
                        padding_lower: -convolution.padding_lower[d],
                        skips: self.is_folded(d),
                    }),
                    // last minus that
                    (true, true) => Cover::Window(Window {
                        output: self.summed(d),
                        kernel: Self::field(d),
                        stride: -dilation.cast_signed(),
                        kernel_dilation: stride,
                        input_dilation: between,
                        padding_lower: convolution.padding_lower[d] - last * between.cast_signed(),
                        skips: self.is_folded(d),
                    }),
                }
            })
            .collect()
    }
}

/// How many of `own` channels lie side by side in a block of the kernel's. Where positions are folded into these, a block goes on with
/// the channels of the next position, so that none is filled up for a position alone.
const fn within_block(block: u64, own: u64, folded: bool) -> u64 {
    if folded {
        greatest_common_divisor(block, own)
    } else {
        block
    }
}

fn single(variable: u8) -> Cover {
    Cover::Variables(smallvec![variable])
}

fn touched(shape: &[u64], channels: [Cover; 2], positions: Vec<Cover>, order: Order) -> OrderedOperand {
    let covers: SmallVec<[Cover; 5]> = channels.into_iter().chain(positions).collect();
    let operand = Operand {
        shape: SmallVec::from_slice(shape),
        covers,
    };
    // A block cannot hold more than there is.
    let order = match order {
        Order::Samples { block } => Order::Samples {
            block: block.min(operand.shape[0]).max(1),
        },
        Order::Channels { .. } => order,
    };
    OrderedOperand {
        operand: Arc::new(operand),
        order,
    }
}

fn bias(outputs: Cover, channels: u64, block: u64) -> OrderedOperand {
    touched(
        &[1, channels],
        [Cover::Variables(smallvec![]), outputs],
        Vec::new(),
        Order::Channels { block },
    )
}
