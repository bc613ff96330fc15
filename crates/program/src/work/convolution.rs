//! Partial convolutions over a grid.

use std::sync::Arc;

use smallvec::SmallVec;

use super::WorkClass;
use crate::{Vertex, vertex::convolution::ConvolutionVertex};
use tilesim_geometry::{Grid, Operand, Part};

/// Which size of the vertex an axis of the grid cuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AxisRole {
    /// Convolution groups.
    ConvGroups,
    /// Input channels.
    InChannels,
    /// Output channels.
    OutChannels,
    /// Batch.
    Batch,
    /// Output positions of a spatial dimension.
    Output(u8),
    /// Kernel positions of a spatial dimension.
    Kernel(u8),
}

/// What a convolution computes: for every index of the iteration space, the product of the input and weight that it touches is
/// added to the output that it touches.
///
/// Indices that touch no element of one of them (zeros between dilated elements, padding, incomplete blocks of groups) add
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ConvolutionOperands {
    /// Inputs: the first variable that the step reads.
    pub input: Arc<Operand>,
    /// Weights: the second.
    pub weights: Arc<Operand>,
    /// Outputs or their partial sums: the variable that the step writes.
    pub output: Arc<Operand>,
    /// Two variables of which only equal values count: the group within a block of combined ones, for inputs and for outputs.
    pub diagonal: Option<[u8; 2]>,
    /// The variables that the kernel takes for its input channels, outermost first. A kernel adds up a whole block of
    /// [`ChannelGrouping::in_channels`](crate::vertex::convolution::ChannelGrouping::in_channels) of their flattened index, and
    /// then rounds the partial sum; other variables that the output does not depend on are kernel positions.
    pub in_channels: SmallVec<[u8; 4]>,
}

/// A convolution cut over the cells of a grid.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ConvolutionWork {
    /// The cut.
    pub grid: Arc<Grid>,
    /// What each axis of the grid cuts, in the order of its axes.
    pub roles: SmallVec<[AxisRole; 7]>,
    /// The whole convolution as one vertex: sizes that no axis cuts are every tile's own.
    pub whole: ConvolutionVertex,
    /// Useful products of all tiles, those with zeros of padding counted. Tiles compute others, where groups were combined or
    /// operands swapped, and leave out some with padding.
    pub macs: u64,
    /// Rounds that these are spread over: slices of the convolution that run one after the other.
    pub rounds: u64,
    /// What the kernel reads and writes as the iteration space touches it.
    pub operands: ConvolutionOperands,
}

impl ConvolutionWork {
    /// What a tile computes; `None` beyond the grid.
    pub fn work(&self, tile: u64) -> Option<ConvolutionVertex> {
        (tile < self.grid.tiles()).then(|| self.vertex(&self.grid.parts_of(tile)))
    }

    /// Tiles with equal work.
    pub fn classes(&self) -> Vec<WorkClass> {
        self.grid
            .classes()
            .into_iter()
            .filter(|class| class.parts.iter().all(|part| part.length > 0))
            .map(|class| WorkClass {
                vertex: Vertex::Convolution(self.vertex(&class.parts)),
                tiles: class.tiles,
            })
            .collect()
    }

    fn vertex(&self, parts: &[Part]) -> ConvolutionVertex {
        let mut vertex = self.whole.clone();
        for (role, part) in self.roles.iter().zip(parts) {
            let size = match role {
                AxisRole::ConvGroups => &mut vertex.conv_groups,
                AxisRole::InChannels => &mut vertex.in_channels,
                AxisRole::OutChannels => &mut vertex.out_channels,
                AxisRole::Batch => &mut vertex.batch,
                AxisRole::Output(dimension) => &mut vertex.output[usize::from(*dimension)],
                AxisRole::Kernel(dimension) => &mut vertex.kernel_size[usize::from(*dimension)],
            };
            *size = part.length;
        }
        vertex
    }
}
