//! Windowed pooling over a placement of its outputs.

use std::sync::Arc;

use smallvec::SmallVec;
use tilesim_machine::ElementType;

use super::WorkClass;
use crate::{
    Vertex,
    vertex::vector::{PoolingKind, PoolingVertex, VectorVertex},
};
use tilesim_geometry::{Extent, Operand, Placement};

/// A pooling, before it is known how much of it a tile does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PoolingKernel {
    /// What is pooled.
    pub kind: PoolingKind,
    /// Type of inputs and outputs.
    pub element_type: ElementType,
    /// Window, per spatial dimension.
    pub window: SmallVec<[u64; 3]>,
    /// Distance of neighbouring windows, per spatial dimension.
    pub stride: SmallVec<[u64; 3]>,
    /// Elements of one vector of channels.
    pub vector_width: u64,
    /// Workers among which a tile deals its output positions.
    pub workers: u64,
}

/// Pools the windows of the outputs that a tile holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PoolingWork {
    /// Outputs.
    pub over: Placement,
    /// Inputs as the iteration space of the outputs touches them. Of a gradient, whose output is that of the pooling's input: the
    /// pooling's output and its gradient.
    pub input: Arc<Operand>,
    /// The pooling.
    pub kernel: PoolingKernel,
    /// A sum is divided by the number of positions of its window within the input and so many positions before and after it, per
    /// spatial dimension; `None` where it is not divided.
    pub divisor: Option<SmallVec<[[u64; 2]; 3]>>,
}

impl PoolingWork {
    /// Tiles with equal work.
    pub fn classes(&self) -> Vec<WorkClass> {
        self.over
            .extent_classes()
            .into_iter()
            .map(|(extent, tiles)| WorkClass {
                vertex: Vertex::Vector(VectorVertex::Pooling(self.vertex(extent))),
                tiles,
            })
            .collect()
    }

    /// What a tile with outputs of `extent` does.
    pub(super) fn vertex(&self, extent: Extent) -> PoolingVertex {
        self.kernel.vertex(extent, self.over.channel_block)
    }
}

impl PoolingKernel {
    /// What a tile with outputs of `extent` in blocks of `channel_block` channels does.
    ///
    /// The slowest worker takes its share of the output positions, one row of the window after the other; an item is such a row.
    pub fn vertex(&self, extent: Extent, channel_block: u64) -> PoolingVertex {
        let channels = extent.channels.max(1);
        let block = channel_block.clamp(1, channels);
        let positions = extent.elements.div_ceil(channels).div_ceil(self.workers);
        let row = self.window.last().copied().unwrap_or(1).max(1);
        let rows = self.window.iter().product::<u64>() / row;
        // Of a gradient every element lies in each `stride`-th window only.
        let (row, items) = match self.kind {
            PoolingKind::Sum | PoolingKind::Maximum => (row, positions),
            PoolingKind::MaximumGradient => {
                let (last, outer) = self.stride.split_last().unwrap_or((&1, &[]));
                (
                    row.div_ceil(*last),
                    positions.div_ceil(outer.iter().product::<u64>()),
                )
            }
        };
        PoolingVertex {
            kind: self.kind,
            element_type: self.element_type,
            initial_elements: positions,
            channel_vectors: block.div_ceil(self.vector_width),
            channel_groups: channels.div_ceil(block),
            rows_per_worker: rows,
            items_per_row: items,
            elements_per_item: row,
        }
    }
}
