//! Fully connected layers whose three passes are planned as one (PopLibs `ConvModel.cpp` `addBwdEstimates`, `addWuEstimates`).
//!
//! A joint plan is a plan of the forward pass that has every weight on one tile. Those of the gradients follow from it: the input
//! gradient exchanges the splits of the outputs and of the inputs of the layer, the weight gradient those of inputs and batch. So all
//! three have the same weights on the same tile, and none of them is exchanged between the passes.

use tilesim_codelets::Count;
use tilesim_codelets::convolution::{IllegalKernel, legality};
use tilesim_graph::Convolution;
use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::convolution::ChannelGrouping;
use tilesim_terms::{Cancellation, ConvolutionPass};

use super::candidates::{self, Candidate};
use super::cost::vertex;
use super::error::PlanError;
use super::options::{Objective, PlanOptions};
use super::plan::{Method, Partition, Plan, Transforms};
use super::planning::PlanChoice;
use super::planning::Planner;
use super::search::{BestJoint, JointChoice, KernelRates};
use super::setting::{Setting, Terms, Transformed};
use super::shape::Shape;
use super::tile::Tile;
use crate::plan_cost::PlanCost;

/// The best joint plan of a fully connected layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JointPlanChoice {
    /// Plans of the passes, in the order of [`ConvolutionPass::ALL`].
    pub plans: [Plan; 3],
    /// Their costs.
    pub costs: [PlanCost; 3],
    /// Temporary bytes a tile under which it was found; `None` where it was to take the fewest.
    pub memory_bound: Option<u64>,
}

impl JointPlanChoice {
    /// Cycles of the three passes together.
    pub fn cycles(&self) -> u64 {
        self.costs.iter().map(PlanCost::cycles).sum()
    }

    /// Temporary bytes on the fullest tile in any of the passes.
    pub fn temporary_bytes(&self) -> u64 {
        self.costs
            .iter()
            .map(PlanCost::temporary_bytes)
            .max()
            .unwrap_or(0)
    }

    /// Whether this is preferred to three plans of the passes alone: where those need more memory than allowed, or are not better
    /// in what `options` minimise (PopLibs `ConvPlan.cpp` `createPlan`).
    pub fn is_preferred(&self, separate: [&PlanChoice; 3], options: &PlanOptions) -> bool {
        let objective = match self.memory_bound {
            Some(_) => options.objective,
            None => Objective::Memory,
        };
        separate
            .iter()
            .any(|planned| planned.memory_bound != self.memory_bound)
            || key(objective, &separate.map(|planned| planned.cost))[0] >= key(objective, &self.costs)[0]
    }

    /// The three plans, each as if it had been planned alone.
    pub fn into_planned(self) -> [PlanChoice; 3] {
        let Self {
            plans,
            costs,
            memory_bound,
        } = self;
        let [a, b, c] = plans;
        let planned = |plan, cost| PlanChoice {
            plan,
            cost,
            others: Vec::new(),
            memory_bound,
        };
        [planned(a, costs[0]), planned(b, costs[1]), planned(c, costs[2])]
    }
}

/// What is minimised over three passes, most important first: as [`Objective::key`], cycles added up, bytes and tiles at most.
pub(super) fn key(objective: Objective, costs: &[PlanCost; 3]) -> [u64; 3] {
    let cycles = costs.iter().map(PlanCost::cycles).sum();
    let bytes = costs.iter().map(PlanCost::temporary_bytes).max().unwrap_or(0);
    let tiles = costs.iter().map(|cost| cost.tiles_used).max().unwrap_or(0);
    objective.ordered(cycles, bytes, tiles)
}

/// Whether a joint plan can be made for a layer: one product of two matrices.
pub fn is_joinable(forward: &Convolution) -> bool {
    let ones = |sizes: &[u64]| sizes.iter().all(|&size| size == 1);
    let unpadded = |padding: &[i64]| padding.iter().all(|&size| size == 0);
    forward.conv_groups == 1
        && ones(&forward.input)
        && ones(&forward.kernel)
        && ones(&forward.stride)
        && ones(&forward.input_dilation)
        && unpadded(&forward.padding_lower)
        && unpadded(&forward.padding_upper)
}

/// The plans of all passes that follow from `forward`, the plan of the forward pass of a layer over `batch` samples; `partials` is the
/// type of partial sums that was asked for.
///
/// The forward pass streams the weights and splits the outputs of the layer as the field, in grains that are the input channels of
/// the input gradient.
pub fn implied(forward: &Plan, batch: u64, partials: ElementType) -> [Plan; 3] {
    ConvolutionPass::ALL.map(|pass| {
        let kernel = Candidate {
            method: forward.method,
            grouping: forward.grouping,
            vertex_partials: forward.vertex_partials,
        };
        let Candidate {
            method,
            grouping,
            vertex_partials,
        } = implied_kernel(kernel, pass, batch, partials);
        Plan {
            method,
            grouping,
            vertex_partials,
            transforms: forward.transforms.clone(),
            partition: implied_partition(&forward.partition, forward.grouping, pass),
            joint: Some(pass),
        }
    })
}

/// The kernel of a pass (PopLibs `getFullyConnectedBwdMethod`, `getFullyConnectedWUMethod`): what is the field of the forward pass is
/// cut in grains of its input channels, which are therefore the input channels of the input gradient too.
pub(super) fn implied_kernel(
    forward: Candidate,
    pass: ConvolutionPass,
    batch: u64,
    partials: ElementType,
) -> Candidate {
    let ChannelGrouping {
        in_channels,
        out_channels,
        ..
    } = forward.grouping;
    // An outer product has one input for each output, which the other passes add up.
    let adding = match forward.method {
        Method::OuterProduct => Method::HorizontalMac,
        method => method,
    };
    match pass {
        ConvolutionPass::Forward => forward,
        ConvolutionPass::InputGradient => Candidate {
            method: adding,
            vertex_partials: partials,
            ..forward
        },
        ConvolutionPass::WeightGradient => Candidate {
            method: if batch == 1 && out_channels == 1 {
                Method::OuterProduct
            } else {
                adding
            },
            grouping: ChannelGrouping {
                in_channels: out_channels,
                out_channels: in_channels,
                ..forward.grouping
            },
            vertex_partials: partials,
        },
    }
}

/// The splits of a pass.
pub(super) fn implied_partition(
    forward: &Partition,
    grouping: ChannelGrouping,
    pass: ConvolutionPass,
) -> Partition {
    let mut partition = forward.clone();
    match pass {
        ConvolutionPass::Forward => {}
        ConvolutionPass::InputGradient => {
            if let Some(field) = partition.field.last_mut() {
                std::mem::swap(field, &mut partition.in_channel_parallel);
            }
            if let Some(grain) = partition.field_grain.last_mut() {
                *grain = grouping.in_channels;
            }
        }
        ConvolutionPass::WeightGradient => {
            std::mem::swap(
                &mut partition.in_channel_parallel,
                &mut partition.out_channel_parallel,
            );
            std::mem::swap(
                &mut partition.in_channel_serial,
                &mut partition.out_channel_serial,
            );
            partition.broadcast_input_before_loop = false;
        }
    }
    partition
}

/// What the three passes of a layer are before any kernel or split is chosen.
pub(super) struct Passes {
    batch: u64,
    passes: [PassShape; 3],
}

struct PassShape {
    pass: ConvolutionPass,
    options: PlanOptions,
    convolution: Shape,
    transformed: Shape,
}

impl Passes {
    fn new(forward: &Convolution, options: &PlanOptions, transforms: &Transforms) -> Result<Self, PlanError> {
        let shape = |pass: ConvolutionPass| {
            let convolution = Shape::new(&forward.of_pass(pass))?;
            Ok::<_, PlanError>(PassShape {
                pass,
                options: options.of_joint_plan(pass),
                transformed: convolution.transformed(transforms),
                convolution,
            })
        };
        let [first, second, third] = ConvolutionPass::ALL;
        Ok(Self {
            batch: forward.batch,
            passes: [shape(first)?, shape(second)?, shape(third)?],
        })
    }

    /// The settings of all passes that follow from a kernel of the forward pass.
    fn settings<'a>(
        &'a self,
        machine: &'a Machine,
        count: Count,
        transforms: &Transforms,
        kernel: Candidate,
    ) -> Result<[Setting<'a>; 3], PlanError> {
        let setting = |shape: &'a PassShape| {
            let terms = Terms {
                machine,
                options: &shape.options,
                count,
            };
            let transformed = Transformed {
                convolution: &shape.convolution,
                transforms,
                shape: &shape.transformed,
            };
            let kernel = implied_kernel(kernel, shape.pass, self.batch, shape.options.partials_type);
            Setting::new(terms, transformed, kernel, Some(shape.pass))
        };
        let [first, second, third] = &self.passes;
        Ok([setting(first)?, setting(second)?, setting(third)?])
    }
}

/// Whether the kernel of a setting exists, whatever a tile gives it to compute.
fn has_kernel(setting: &Setting) -> bool {
    let whole = Partition::whole(setting.shape.dimensions.len());
    let vertex = vertex(setting, &Tile::new(setting, &whole));
    !matches!(
        legality(setting.machine, &vertex),
        Err(IllegalKernel::Types { .. } | IllegalKernel::Units { .. } | IllegalKernel::Grouping { .. })
    )
}

/// The best joint plan of a fully connected layer within the memory that `options` allow, exact over all kernels and splits of the
/// forward pass; `None` where there is none. `options` are those of any of its passes.
///
/// # Errors
/// When the convolution is malformed.
pub fn plan_jointly(
    machine: &Machine,
    forward: &Convolution,
    options: &PlanOptions,
    count: Count,
) -> Result<Option<JointPlanChoice>, PlanError> {
    plan_jointly_from(
        machine,
        forward,
        options,
        count,
        &KernelRates::default(),
        &Cancellation::never(),
    )
}

impl Planner {
    /// The best joint plan of a fully connected layer: that of [`plan_jointly`].
    ///
    /// # Errors
    /// As [`plan_jointly`].
    pub fn plan_jointly(
        &self,
        forward: &Convolution,
        options: &PlanOptions,
    ) -> Result<Option<JointPlanChoice>, PlanError> {
        plan_jointly_from(
            &self.machine,
            forward,
            options,
            self.count,
            &self.rates,
            &self.cancellation,
        )
    }
}

/// As [`plan_jointly`], with rates of kernels on machines that compute alike. What a search that was cancelled has found is of no use.
pub(super) fn plan_jointly_from(
    machine: &Machine,
    forward: &Convolution,
    options: &PlanOptions,
    count: Count,
    rates: &KernelRates,
    cancellation: &Cancellation,
) -> Result<Option<JointPlanChoice>, PlanError> {
    if !is_joinable(forward) {
        return Ok(None);
    }
    let options = options.of_joint_plan(ConvolutionPass::Forward);
    let shape = Shape::new(forward)?;
    let allowed = options.allowed_bytes(machine.tile_memory_bytes);
    let (bound, objective) = if allowed == 0 {
        (None, Objective::Memory)
    } else {
        (Some(allowed), options.objective)
    };
    let mut best = BestJoint::new(objective, bound);
    // The weights of a fully connected layer are streamed: joint plans swap operands always.
    let rewritings = candidates::transforms(&shape, &options);
    for (transforms, transformed) in rewritings.iter().filter(|(found, _)| found.swap_operands) {
        let passes = Passes::new(forward, &options, transforms)?;
        let mut choices = Vec::new();
        for kernel in candidates::kernels(machine, &options, transformed) {
            let settings = match passes.settings(machine, count, transforms, kernel) {
                Err(PlanError::TooMuchWork { .. }) => continue,
                settings => settings?,
            };
            if settings.iter().all(has_kernel) {
                choices.push(JointChoice::new(transforms, settings));
            }
        }
        JointChoice::search_all(
            &mut choices,
            options.serial_splits,
            rates,
            &mut best,
            cancellation,
        );
    }
    Ok(best.into_planned(bound))
}

#[cfg(test)]
mod tests;
