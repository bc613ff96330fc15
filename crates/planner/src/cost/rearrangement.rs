//! Rearrangement of whole operands before and after the convolution (PopLibs `ConvModel.cpp` `addTransformCycleEstimate`).

use tilesim_program::vertex::convolution::ChannelGrouping;
use tilesim_terms::ConvolutionPass;

use super::bytes::bytes_to_cycles;
use crate::plan::Partition;
use crate::plan_cost::PlanCost;
use crate::purpose::Purpose;
use crate::setting::{Setting, Terms, Transformed};

/// Channel grouping in which activations and weights are expected by their other users.
const PREFERRED_CHANNEL_GROUPING: u64 = 16;

/// One rearrangement of a whole operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rearrangement {
    /// Elements of the operand on the whole chip, padding included.
    elements: u64,
    /// Bytes copied per cycle, before the overhead.
    copy_bytes_per_cycle: u64,
    /// Denominator of the overhead factor 5/d.
    overhead_denominator: u64,
    /// Whether elements move as whole elements (a regrouping of outputs or weights) or as bytes.
    whole_elements: bool,
    /// Whether the operand also crosses tiles.
    exchanged: bool,
}

impl Rearrangement {
    /// Bytes on each of `tiles` tiles.
    fn bytes(&self, element_bytes: u64, tiles: u64) -> u64 {
        if self.whole_elements {
            self.elements.div_ceil(tiles) * element_bytes
        } else {
            (self.elements * element_bytes).div_ceil(tiles)
        }
    }

    fn copy_cycles(&self, bytes: u64) -> u64 {
        (bytes * 5).div_ceil(self.overhead_denominator * self.copy_bytes_per_cycle)
    }
}

/// Temporary bytes of rearrangements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct RearrangedBytes {
    /// While operands are rearranged.
    pub transform: u64,
    /// Of inputs that live through a loop.
    pub broadcast: u64,
}

/// What has to be rearranged for one setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rearrangements {
    input: Option<Rearrangement>,
    weights: Option<Rearrangement>,
    output: Option<Rearrangement>,
}

impl Rearrangements {
    pub(crate) fn new(
        terms: Terms<'_>,
        transformed: Transformed<'_, '_>,
        grouping: ChannelGrouping,
        joint: Option<ConvolutionPass>,
    ) -> Self {
        let Terms { machine, options, .. } = terms;
        let Transformed {
            convolution,
            transforms,
            shape,
        } = transformed;
        let purpose = options.purpose;
        let fully_connected = purpose.fully_connected;
        let of_weights = purpose.pass == ConvolutionPass::WeightGradient;
        let element_bytes = options.input_type.bytes();
        let memcpy_bytes = u64::from(machine.memcpy_bytes_per_cycle);
        let input_padded = !shape.in_channels.is_multiple_of(grouping.in_channels);
        let output_padded = !shape.out_channels.is_multiple_of(grouping.out_channels);
        let flattened = !transforms.out_channel_flatten_dims.is_empty();
        let combined = transforms.combine_conv_groups > 1;

        // Operands of a fully connected layer are held swapped.
        let swap_moves_operands = transforms.swap_operands != fully_connected;
        let operands = (of_weights && !fully_connected)
            || !transforms.expand_dims.is_empty()
            || swap_moves_operands
            || combined
            || flattened
            || input_padded;
        // The kernel streams the weights of a fully connected layer, or the gradient that its weights' gradient comes of. Weights are
        // where the forward pass had them, unless the plans are joint.
        let input = operands
            || (of_weights && fully_connected)
            || (purpose.pass == ConvolutionPass::InputGradient && fully_connected && joint.is_none());
        // A weight gradient is wanted swapped: its output channels are the forward pass's batch dimension.
        let output_moves = transforms.swap_operands != (of_weights || fully_connected)
            || flattened
            || combined
            || output_padded
            // So do the gradients of weights.
            || (of_weights && fully_connected && joint.is_none());

        let conv_groups = shape.conv_groups.next_multiple_of(grouping.conv_groups);
        let in_channels = shape.in_channels.next_multiple_of(grouping.in_channels);
        let out_channels = shape.out_channels.next_multiple_of(grouping.out_channels);
        let input_elements = shape.batch * conv_groups * in_channels * shape.input_field();
        let weight_elements = shape.kernel_field() * conv_groups * in_channels * out_channels;
        let output_elements = shape.batch * conv_groups * out_channels * shape.output_field();

        // The vendor's overhead depends on whether the channels fill 64-bit words before padding and expansion.
        let word = memcpy_bytes / element_bytes;
        let overhead = |channels: u64| if channels.is_multiple_of(word) { 4 } else { 3 };
        let unexpanded = convolution.in_channels * transforms.combine_conv_groups;
        let pairs = overhead(unexpanded * shape.out_channels);
        let outputs = overhead(shape.out_channels);
        let element_rate = memcpy_bytes.min(element_bytes);
        let block_rate = memcpy_bytes.min(grouping.out_channels * element_bytes);
        let regrouped = !grouping.out_channels.is_multiple_of(PREFERRED_CHANNEL_GROUPING);

        let moved = |elements, overhead_denominator, whole_elements| Rearrangement {
            elements,
            copy_bytes_per_cycle: element_rate,
            overhead_denominator,
            whole_elements,
            exchanged: true,
        };
        let regroup = |elements| Rearrangement {
            elements,
            copy_bytes_per_cycle: block_rate,
            overhead_denominator: outputs,
            whole_elements: true,
            exchanged: false,
        };
        Self {
            input: input.then(|| moved(input_elements, pairs, false)),
            weights: if operands || output_padded {
                Some(moved(weight_elements, pairs, false))
            } else if purpose == Purpose::training(ConvolutionPass::Forward) && regrouped {
                Some(regroup(weight_elements))
            } else {
                None
            },
            output: if output_moves {
                Some(moved(output_elements, outputs, true))
            } else if grouping.out_channels != PREFERRED_CHANNEL_GROUPING && !purpose.trains_fully_connected()
            {
                Some(regroup(output_elements))
            } else {
                None
            },
        }
    }

    /// Copy and exchange cycles on `tiles` tiles: those of the inputs, which a loop over output channels may be spared, and those
    /// of weights and outputs. Fewer tiles take no fewer.
    pub(crate) fn least_cycles(&self, setting: &Setting, tiles: u64) -> (u64, u64) {
        let element_bytes = setting.options.input_type.bytes();
        let cycles = |operand: Option<Rearrangement>| {
            operand.map_or(0, |operand| {
                let bytes = operand.bytes(element_bytes, tiles);
                let exchange = if operand.exchanged {
                    bytes_to_cycles(setting.machine, bytes)
                } else {
                    0
                };
                operand.copy_cycles(bytes) + exchange
            })
        };
        (cycles(self.input), cycles(self.weights) + cycles(self.output))
    }

    /// Temporary bytes on the most loaded of `tiles` tiles at least: while operands are rearranged, when source and destination live
    /// together, and of inputs that are rearranged before a loop and live through it. Fewer tiles take no fewer.
    pub(crate) fn least_bytes(
        &self,
        setting: &Setting,
        broadcast_input_before_loop: bool,
        tiles: u64,
    ) -> RearrangedBytes {
        let element_bytes = setting.options.input_type.bytes();
        let bytes = |operand: Option<Rearrangement>| operand.map_or(0, |r| r.bytes(element_bytes, tiles));
        let largest = bytes(self.weights).max(bytes(self.output));
        let input = bytes(self.input);
        if broadcast_input_before_loop {
            RearrangedBytes {
                transform: 2 * largest,
                broadcast: input,
            }
        } else {
            RearrangedBytes {
                transform: 2 * largest.max(input),
                broadcast: 0,
            }
        }
    }
}

pub(super) fn add(setting: &Setting, partition: &Partition, cost: &mut PlanCost) {
    let element_bytes = setting.options.input_type.bytes();
    let tiles = partition.tiles();
    let mut largest = 0;
    if let Some(input) = &setting.rearrangements.input {
        let bytes = input.bytes(element_bytes, tiles);
        let copy = input.copy_cycles(bytes);
        let exchange = bytes_to_cycles(setting.machine, bytes);
        if partition.broadcast_input_before_loop {
            cost.broadcast_input_copy += copy;
            cost.broadcast_input_exchange += exchange;
            cost.broadcast_input_bytes += bytes;
        } else {
            cost.transform_copy += copy;
            cost.transform_exchange += exchange;
            largest = bytes;
        }
    }
    for operand in [&setting.rearrangements.weights, &setting.rearrangements.output]
        .into_iter()
        .flatten()
    {
        let bytes = operand.bytes(element_bytes, tiles);
        cost.transform_copy += operand.copy_cycles(bytes);
        if operand.exchanged {
            cost.transform_exchange += bytes_to_cycles(setting.machine, bytes);
        }
        largest = largest.max(bytes);
    }
    // Source and destination of a rearrangement live together.
    cost.transform_bytes = 2 * largest;
}
