//! What a convolution's kernel needs of a tile's memory beside the elements of operands and partial sums.

use tilesim_program::VariableId;

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
        let input_bytes = self.options.input_type.bytes();
        let (of_inputs, of_weights) = if plan.transforms.swap_operands {
            (self.spread(), 1)
        } else {
            (1, self.spread())
        };
        // Which tile has most of them depends on what lies beyond the borders of the field.
        let held = context.placements.fullest_bytes(&[
            (geometry.input_need().placement, input_bytes * of_inputs),
            (geometry.weight_need().placement, input_bytes * of_weights),
        ]);
        let partials = context
            .placements
            .fullest_bytes(&[(sums, plan.vertex_partials.bytes())]);
        let operands = cost.broadcast_input_bytes + cost.convolution_bytes - cost.partials_bytes
            + cost.tile_transform_bytes;
        Workspace {
            operands: self.on_every_tile(context, "padding", operands.saturating_sub(held)),
            sums: self.on_every_tile(
                context,
                "scratch",
                cost.partials_bytes.saturating_sub(partials) + cost.accumulator_bytes,
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
