//! A planned convolution as an iteration space that is cut over tiles, and its operands as that space touches them.

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};
use tilesim_graph::Convolution;
use tilesim_program::{
    geometry::{Axis, Cover, Grid, Operand, Placement, Spare, Window},
    vertex::convolution::ConvolutionVertex,
    work::{AxisRole, ConvolutionOperands, ConvolutionWork},
};

use crate::planner::{Plan, Transforms};

/// Variables of the iteration space; output positions and what is summed over follow, one each per spatial dimension.
///
/// Input, kernel and output positions of a dimension depend on each other, `input · input_dilation + padding = output · stride +
/// kernel · kernel_dilation`, so that two of them say all. Sums run over kernel positions, or over input positions where operands
/// are swapped or the output is folded into the channels (where both, over kernel positions again).
mod variable {
    /// Samples.
    pub(super) const BATCH: u8 = 0;
    /// Blocks of combined convolution groups.
    pub(super) const GROUP: u8 = 1;
    /// The group within a block, for inputs. Combined groups multiply all inputs with all outputs of a block.
    pub(super) const GROUP_IN: u8 = 2;
    /// The group within a block, for outputs.
    pub(super) const GROUP_OUT: u8 = 3;
    /// Input channel of a group.
    pub(super) const CHANNEL_IN: u8 = 4;
    /// Output channel of a group.
    pub(super) const CHANNEL_OUT: u8 = 5;
    /// First output position.
    pub(super) const FIELD: u8 = 6;
}

/// Where a planned convolution computes and what it touches.
#[derive(Debug, Clone)]
pub(crate) struct Geometry {
    /// The compute set.
    pub(crate) work: ConvolutionWork,
    bias: Arc<Operand>,
    /// Channels that lie side by side in the inputs, weights and outputs that the kernel takes.
    input_block: u64,
    weight_block: u64,
    output_block: u64,
}

impl Geometry {
    /// The geometry of `plan`; `whole` is the convolution under the plan's transforms.
    ///
    /// Transforms only flatten variables in another way: flattened dimensions share an axis, an expanded kernel dimension
    /// joins the input channels, and swapped operands exchange the axes of output channels and output positions.
    pub(crate) fn new(convolution: &Convolution, plan: &Plan, whole: ConvolutionVertex) -> Self {
        let dimensions = convolution.dimensions();
        let output = convolution.output();
        let transforms = &plan.transforms;
        let combined = transforms.combine_conv_groups;
        let mut sizes: SmallVec<[u64; 12]> = smallvec![
            convolution.batch,
            convolution.conv_groups.div_ceil(combined),
            combined,
            combined,
            convolution.in_channels_per_group,
            convolution.out_channels_per_group,
        ];
        sizes.extend(output.iter().copied());
        let over_inputs =
            |d: usize| transforms.swap_operands != transforms.out_channel_flatten_dims.contains(&d);
        sizes.extend((0..dimensions).map(|d| {
            if over_inputs(d) {
                convolution.input[d]
            } else {
                convolution.kernel[d]
            }
        }));

        let cut = axes(plan, dimensions);
        let (axes, roles): (Vec<Axis>, SmallVec<[AxisRole; 7]>) =
            cut.into_iter().filter(|(axis, _)| axis.parts > 1).unzip();
        let grid = Arc::new(Grid::new(&sizes, axes));

        let field = |d: usize| variable::FIELD + d as u8;
        let summed = |d: usize| variable::FIELD + (dimensions + d) as u8;
        let inputs = channels(combined, variable::GROUP_IN, variable::CHANNEL_IN);
        let outputs = channels(combined, variable::GROUP_OUT, variable::CHANNEL_OUT);
        let single = |variable: u8| Cover::Variables(smallvec![variable]);
        let input_positions = (0..dimensions).map(|d| {
            if over_inputs(d) {
                return single(summed(d));
            }
            Cover::Window(Window {
                output: field(d),
                kernel: summed(d),
                stride: convolution.stride[d].cast_signed(),
                kernel_dilation: convolution.kernel_dilation[d],
                input_dilation: convolution.input_dilation[d],
                padding_lower: convolution.padding_lower[d],
            })
        });
        let kernel_positions = (0..dimensions).map(|d| {
            if !over_inputs(d) {
                return single(summed(d));
            }
            Cover::Window(Window {
                output: field(d),
                kernel: summed(d),
                stride: -convolution.stride[d].cast_signed(),
                kernel_dilation: convolution.input_dilation[d],
                input_dilation: convolution.kernel_dilation[d],
                padding_lower: -convolution.padding_lower[d],
            })
        });
        let grouping = plan.grouping;
        let operands = ConvolutionOperands {
            input: operand(
                &convolution.input_shape(),
                [single(variable::BATCH), inputs]
                    .into_iter()
                    .chain(input_positions),
            ),
            weights: operand(
                &convolution.weight_shape(),
                [outputs.clone(), single(variable::CHANNEL_IN)]
                    .into_iter()
                    .chain(kernel_positions),
            ),
            output: operand(
                &convolution.output_shape(),
                [single(variable::BATCH), outputs.clone()]
                    .into_iter()
                    .chain((0..dimensions).map(|d| single(field(d)))),
            ),
            diagonal: (combined > 1).then_some([variable::GROUP_IN, variable::GROUP_OUT]),
            in_channels: in_channels(transforms, dimensions),
        };
        Self {
            work: ConvolutionWork {
                grid,
                roles,
                whole,
                combined_groups: combined,
                operands,
            },
            bias: operand(
                &[1, convolution.out_channels()],
                [Cover::Variables(smallvec![]), outputs],
            ),
            input_block: grouping.conv_groups * grouping.in_channels,
            weight_block: grouping.in_channels,
            // With swapped operands the positions are the kernel's channels and lie innermost.
            output_block: if transforms.swap_operands {
                1
            } else {
                grouping.conv_groups * grouping.out_channels
            },
        }
    }

    /// Inputs that each tile needs.
    pub(crate) fn input_need(&self) -> Placement {
        self.placement(&self.work.operands.input, Spare::Replicated, self.input_block)
    }

    /// Weights as they rest: tiles that need the same share them out among themselves.
    pub(crate) fn weights_at_rest(&self) -> Placement {
        self.placement(&self.work.operands.weights, Spare::Shared, self.weight_block)
    }

    /// Weights that each tile needs.
    pub(crate) fn weight_need(&self) -> Placement {
        self.placement(&self.work.operands.weights, Spare::Replicated, self.weight_block)
    }

    /// Biases as they rest.
    pub(crate) fn bias_at_rest(&self) -> Placement {
        self.placement(&self.bias, Spare::Shared, self.output_block)
    }

    /// Biases that each tile needs.
    pub(crate) fn bias_need(&self) -> Placement {
        self.placement(&self.bias, Spare::Replicated, self.output_block)
    }

    /// Partial sums that each tile computes.
    pub(crate) fn partial_sums(&self) -> Placement {
        self.placement(&self.work.operands.output, Spare::Replicated, self.output_block)
    }

    /// Outputs, each on one tile: tiles with partial sums of the same share them out among themselves.
    pub(crate) fn outputs(&self) -> Placement {
        self.placement(&self.work.operands.output, Spare::Shared, self.output_block)
    }

    fn placement(&self, operand: &Arc<Operand>, spare: Spare, channel_block: u64) -> Placement {
        Placement {
            grid: Arc::clone(&self.work.grid),
            operand: Arc::clone(operand),
            spare,
            channel_block,
        }
    }
}

fn operand(shape: &[u64], covers: impl IntoIterator<Item = Cover>) -> Arc<Operand> {
    Arc::new(Operand {
        shape: SmallVec::from_slice(shape),
        covers: covers.into_iter().collect(),
    })
}

/// A channel of all groups as an index of the space.
fn channels(combined: u64, group: u8, channel: u8) -> Cover {
    Cover::Variables(if combined == 1 {
        smallvec![variable::GROUP, channel]
    } else {
        smallvec![variable::GROUP, group, channel]
    })
}

/// The variables that the kernel takes for its input channels, outermost first: dimensions folded into the channels go before them,
/// the last folded outermost.
fn in_channels(transforms: &Transforms, dimensions: usize) -> SmallVec<[u8; 4]> {
    let folded = transforms
        .expand_dims
        .iter()
        .chain(&transforms.out_channel_flatten_dims);
    let mut variables: SmallVec<[u8; 4]> = folded
        .rev()
        .map(|&d| variable::FIELD + (dimensions + d) as u8)
        .collect();
    if transforms.combine_conv_groups > 1 {
        variables.push(variable::GROUP_IN);
    }
    variables.push(variable::CHANNEL_IN);
    variables
}

/// Every axis of the cut with what it cuts, in the order of tiles (PopLibs `Convolution.cpp` `linearizeConvIndices`).
fn axes(plan: &Plan, dimensions: usize) -> Vec<(Axis, AxisRole)> {
    let transforms = &plan.transforms;
    let partition = &plan.partition;
    let grouping = plan.grouping;
    let field = |d: usize| variable::FIELD + d as u8;
    let summed = |d: usize| variable::FIELD + (dimensions + d) as u8;
    // Swapped operands exchange samples and output channels.
    let (batch, out_channel) = if transforms.swap_operands {
        (variable::CHANNEL_OUT, variable::BATCH)
    } else {
        (variable::BATCH, variable::CHANNEL_OUT)
    };

    let in_channels = in_channels(transforms, dimensions);
    // As in the input channels, dimensions folded into the output channels go before them.
    let folded = transforms.out_channel_flatten_dims.iter();
    let mut out_channels: SmallVec<[u8; 4]> = folded.rev().map(|&d| field(d)).collect();
    if transforms.combine_conv_groups > 1 {
        out_channels.push(variable::GROUP_OUT);
    }
    out_channels.push(out_channel);

    let flattened_into = transforms
        .flatten_dims
        .last()
        .copied()
        .filter(|_| transforms.flatten_dims.len() > 1);
    // What a dimension of the field still stands for: nothing where it was folded into the channels.
    let own_field = |d: usize| (!transforms.out_channel_flatten_dims.contains(&d)).then(|| field(d));
    let mut result = vec![
        (
            Axis::single(variable::GROUP, grouping.conv_groups, partition.conv_group),
            AxisRole::ConvGroups,
        ),
        (
            Axis::flattened(&in_channels, grouping.in_channels, partition.in_channel_parallel),
            AxisRole::InChannels,
        ),
    ];
    for d in 0..dimensions {
        result.push((
            Axis::single(summed(d), 1, partition.kernel[d]),
            AxisRole::Kernel(d as u8),
        ));
    }
    if flattened_into.is_none() || !transforms.flatten_dims.contains(&0) {
        result.push((Axis::single(batch, 1, partition.batch), AxisRole::Batch));
    }
    for d in 0..dimensions {
        let variables: SmallVec<[u8; 4]> = if flattened_into == Some(d + 1) {
            transforms
                .flatten_dims
                .iter()
                .filter_map(|&dim| if dim == 0 { Some(batch) } else { own_field(dim - 1) })
                .collect()
        } else if transforms.flatten_dims.contains(&(d + 1)) {
            continue;
        } else {
            own_field(d).into_iter().collect()
        };
        result.push((
            Axis::flattened(&variables, partition.field_grain[d], partition.field[d]),
            AxisRole::Output(d as u8),
        ));
    }
    result.push((
        Axis::flattened(
            &out_channels,
            grouping.out_channels,
            partition.out_channel_parallel,
        ),
        AxisRole::OutChannels,
    ));
    result
}
