//! A convolution with its plan.

use tilesim_graph::Convolution;
use tilesim_machine::ElementType;
use tilesim_planner::{PlanChoice, PlanOptions, whole_vertex};

use tilesim_terms::ConvolutionPass;

use super::geometry::Geometry;
use crate::{LowerError, context::Context};

/// A convolution that has been planned.
pub(crate) struct PlannedConvolution<'a> {
    /// Name of the operator.
    pub(crate) name: &'a str,
    /// The forward convolution.
    pub(crate) forward: &'a Convolution,
    /// Useful products of all slices of it together.
    pub(crate) whole_macs: u64,
    /// Slices, each of which is `forward`.
    pub(crate) rounds: u64,
    /// Which of its passes this is.
    pub(crate) pass: ConvolutionPass,
    /// How it was planned.
    pub(crate) options: &'a PlanOptions,
    /// The plan.
    pub(crate) planned: &'a PlanChoice,
    /// Type of the result: that of the data, or that of the partial sums where rounds of a loop are still to be summed up.
    pub(crate) output_type: ElementType,
}

impl PlannedConvolution<'_> {
    /// Where it computes and its tensors lie.
    pub(crate) fn geometry(&self, context: &Context) -> Result<Geometry, LowerError> {
        let convolution = self.forward.of_pass(self.pass);
        let plan = &self.planned.plan;
        let whole = whole_vertex(context.machine, &convolution, self.options, plan).map_err(|reason| {
            LowerError::Plan {
                op: self.name.to_owned(),
                reason,
            }
        })?;
        let mut geometry = Geometry::new(self.forward, self.pass, &convolution, plan, whole);
        geometry.work.macs = self.whole_macs;
        geometry.work.rounds = self.rounds;
        Ok(geometry)
    }

    /// Elements that each of what the kernel takes for weights takes on a tile with the zeros beside it: those of the combined groups
    /// of which the tile has channels on the other side.
    pub(super) fn spread(&self) -> u64 {
        let plan = &self.planned.plan;
        let combined = plan.transforms.combine_conv_groups;
        let convolution = self.forward.of_pass(self.pass);
        let partition = &plan.partition;
        let outputs = |own| (own, plan.grouping.out_channels, partition.out_channel_parallel);
        let (own, grain, parts) = if plan.transforms.swap_operands {
            outputs(convolution.batch)
        } else if self.pass == ConvolutionPass::InputGradient {
            outputs(convolution.out_channels_per_group)
        } else {
            let own = convolution.in_channels_per_group;
            (own, plan.grouping.in_channels, partition.in_channel_parallel)
        };
        let channels = (combined * own).div_ceil(grain).div_ceil(parts) * grain;
        (channels / own).clamp(1, combined)
    }
}
