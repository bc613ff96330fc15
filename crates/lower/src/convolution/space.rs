//! The iteration space of a planned convolution and how it is cut over tiles.

use smallvec::{SmallVec, smallvec};
use tilesim_geometry::Axis;
use tilesim_graph::Convolution;
use tilesim_program::work::AxisRole;

use tilesim_planner::Plan;
use tilesim_terms::ConvolutionPass;

/// Samples of the convolution that is computed (of a weight gradient: its input channels).
pub(super) const BATCH: u8 = 0;
/// Blocks of combined convolution groups.
pub(super) const GROUP: u8 = 1;
/// The group within a block, for inputs. Combined groups multiply all inputs with all outputs of a block.
pub(super) const GROUP_IN: u8 = 2;
/// The group within a block, for outputs.
pub(super) const GROUP_OUT: u8 = 3;
/// Input channel of a group (of a weight gradient: the sample).
pub(super) const CHANNEL_IN: u8 = 4;
/// Output channel of a group.
pub(super) const CHANNEL_OUT: u8 = 5;
/// First output position; the others follow, then what is summed over, then a variable of one value.
const FIELD: u8 = 6;

/// Variables of the space and what they stand for.
///
/// Input, kernel and output positions of a dimension depend on each other, `input · input_dilation + padding = output · stride +
/// kernel · kernel_dilation`, so that two of them say all. Sums run over kernel positions, or over input positions where
/// operands are swapped or the output is folded into the channels (where both, over kernel positions again).
#[derive(Debug, Clone)]
pub(super) struct Space<'a> {
    pub(super) convolution: &'a Convolution,
    pub(super) plan: &'a Plan,
}

impl Space<'_> {
    /// Spatial dimensions.
    pub(super) fn dimensions(&self) -> usize {
        self.convolution.dimensions()
    }

    /// Variable of the output position.
    pub(super) const fn field(d: usize) -> u8 {
        FIELD + d as u8
    }

    /// Variable of the position that is summed over.
    pub(super) fn summed(&self, d: usize) -> u8 {
        FIELD + (self.dimensions() + d) as u8
    }

    /// A variable of one value.
    pub(super) fn unit(&self) -> u8 {
        FIELD + 2 * self.dimensions() as u8
    }

    /// Whether a dimension is summed over input positions instead of kernel positions.
    pub(super) fn sums_over_inputs(&self, d: usize) -> bool {
        let transforms = &self.plan.transforms;
        transforms.swap_operands != transforms.out_channel_flatten_dims.contains(&d)
    }

    /// Groups that are combined.
    pub(super) const fn combined(&self) -> u64 {
        self.plan.transforms.combine_conv_groups
    }

    /// Size of every variable.
    pub(super) fn sizes(&self) -> SmallVec<[u64; 12]> {
        let convolution = self.convolution;
        let combined = self.combined();
        let mut sizes: SmallVec<[u64; 12]> = smallvec![
            convolution.batch,
            convolution.conv_groups.div_ceil(combined),
            combined,
            combined,
            convolution.in_channels_per_group,
            convolution.out_channels_per_group,
        ];
        sizes.extend(convolution.output().iter().copied());
        sizes.extend((0..self.dimensions()).map(|d| {
            if self.sums_over_inputs(d) {
                convolution.input[d]
            } else {
                convolution.kernel[d]
            }
        }));
        sizes.push(1);
        sizes
    }

    /// The groups within a block of combined ones: inputs only meet outputs of their own.
    pub(super) fn diagonal(&self) -> Option<[u8; 2]> {
        (self.combined() > 1).then_some([GROUP_IN, GROUP_OUT])
    }

    /// What the kernel takes for input channels, outermost first: dimensions folded into them go before them, the last folded
    /// outermost.
    pub(super) fn in_channels(&self) -> SmallVec<[u8; 4]> {
        let transforms = &self.plan.transforms;
        let folded = transforms
            .expand_dims
            .iter()
            .chain(&transforms.out_channel_flatten_dims);
        let mut variables: SmallVec<[u8; 4]> = folded.rev().map(|&d| self.summed(d)).collect();
        if self.combined() > 1 {
            variables.push(GROUP_IN);
        }
        variables.push(CHANNEL_IN);
        variables
    }

    /// Every axis of the cut with what it cuts, in the order of tiles (PopLibs `Convolution.cpp` `linearizeConvIndices`);
    /// transforms only flatten variables in another way.
    pub(super) fn axes(&self) -> Vec<(Axis, AxisRole)> {
        let Self { plan, .. } = self;
        let transforms = &plan.transforms;
        let partition = &plan.partition;
        let grouping = plan.grouping;
        // Swapped operands exchange samples and output channels.
        let (batch, out_channel) = if transforms.swap_operands {
            (CHANNEL_OUT, BATCH)
        } else {
            (BATCH, CHANNEL_OUT)
        };

        let in_channels = self.in_channels();
        // As in the input channels, dimensions folded into the output channels go before them.
        let folded = transforms.out_channel_flatten_dims.iter();
        let mut out_channels: SmallVec<[u8; 4]> = folded.rev().map(|&d| Self::field(d)).collect();
        if transforms.combine_conv_groups > 1 {
            out_channels.push(GROUP_OUT);
        }
        out_channels.push(out_channel);

        let flattened_into = transforms
            .flatten_dims
            .last()
            .copied()
            .filter(|_| transforms.flatten_dims.len() > 1);
        // What a dimension of the field still stands for: nothing where it was folded into the channels.
        let own_field =
            |d: usize| (!transforms.out_channel_flatten_dims.contains(&d)).then(|| Self::field(d));
        let mut result = vec![
            (
                Axis::single(GROUP, grouping.conv_groups, partition.conv_group),
                AxisRole::ConvGroups,
            ),
            (
                Axis::flattened(&in_channels, grouping.in_channels, partition.in_channel_parallel),
                AxisRole::InChannels,
            ),
        ];
        for d in 0..self.dimensions() {
            result.push((
                Axis::single(self.summed(d), 1, partition.kernel[d]),
                AxisRole::Kernel(d as u8),
            ));
        }
        if flattened_into.is_none() || !transforms.flatten_dims.contains(&0) {
            result.push((Axis::single(batch, 1, partition.batch), AxisRole::Batch));
        }
        for d in 0..self.dimensions() {
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
        // The gradients of a joint plan number tiles as its forward pass does: what that splits as input channels is the field of the
        // one and the output channels of the other.
        let role = match plan.joint {
            None | Some(ConvolutionPass::Forward) => None,
            Some(ConvolutionPass::InputGradient) => Some(AxisRole::Output(self.dimensions() as u8 - 1)),
            Some(ConvolutionPass::WeightGradient) => Some(AxisRole::OutChannels),
        };
        let index = |wanted| result.iter().position(|(_, role)| *role == wanted);
        if let Some(role) = role
            && let (Some(channels), Some(other)) = (index(AxisRole::InChannels), index(role))
        {
            result.swap(channels, other);
        }
        result.retain(|(axis, _)| axis.parts > 1);
        result
    }
}
