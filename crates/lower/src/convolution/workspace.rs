//! What a convolution's kernel needs of a tile's memory beside the elements of operands and partial sums.

use tilesim_geometry::Placement;
use tilesim_program::{VariableId, vertex::convolution::ConvolutionKernel};

use super::{geometry::Geometry, planned::PlannedConvolution};
use crate::{context::Context, layout::row_major};

/// Two pieces of memory that nothing is left in.
///
/// Every tile keeps as much of each as the fullest: what the plan's kernel reads and writes (PopLibs `ConvModel.cpp`
/// `addConvTempMemoryEstimate`) beyond what is there anyway.
#[derive(Debug, Clone, Copy)]
pub(super) struct Workspace {
    /// Beside the operands, from their arrival on: channels and kernel elements that fill up blocks, elements that folding a kernel
    /// dimension into the channels repeats, and zeros around and between inputs.
    pub(super) operands: Option<VariableId>,
    /// Beside the partial sums, while the kernel runs: channels that fill up blocks, SLIC's second output buffer, and the
    /// accumulators that every worker of the vertical kernel has for itself (`ConvVertices.cpp`
    /// `createConvPartialVerticalMacVertex`; that estimate leaves them out).
    pub(super) sums: Option<VariableId>,
}

impl PlannedConvolution<'_> {
    /// The memory in which its kernel works.
    pub(super) fn workspace(&self, context: &mut Context, geometry: &Geometry) -> Workspace {
        let plan = &self.planned.plan;
        let cost = &self.planned.cost;
        let sums = geometry.partial_sums().placement;
        let tile = sums.largest_tile();
        let held = |placement: &Placement| placement.elements(tile) * self.options.input_type.bytes();
        let inputs = held(&geometry.input_need().placement);
        let weights = held(&geometry.weight_need().placement) * plan.transforms.combine_conv_groups;
        let partials = sums.elements(tile) * plan.vertex_partials.bytes();
        let operands = cost.broadcast_input_bytes + cost.convolution_bytes - cost.partials_bytes
            + cost.tile_transform_bytes;
        let accumulators = match geometry.work.whole.kernel {
            ConvolutionKernel::VerticalMac => u64::from(context.machine.workers) * partials,
            _ => 0,
        };
        Workspace {
            operands: self.on_every_tile(context, "padding", operands.saturating_sub(inputs + weights)),
            sums: self.on_every_tile(
                context,
                "scratch",
                cost.partials_bytes.saturating_sub(partials) + accumulators,
            ),
        }
    }

    /// So many bytes on every tile of the plan.
    fn on_every_tile(&self, context: &mut Context, what: &str, bytes: u64) -> Option<VariableId> {
        let tiles = self.planned.plan.partition.tiles();
        (bytes > 0).then(|| {
            let placement = row_major(&[tiles, bytes], bytes, tiles).placement;
            let name = format!("{}/{what}", self.name);
            context.emitter.temporary(name, &placement, 1)
        })
    }
}
