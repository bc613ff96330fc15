//! The convolution planner: which kernel computes a convolution, and how it is split over tiles.
//!
//! [`fn@cost`] charges a given plan as the vendor's planner does; [`plan`](fn@plan) searches all plans for the cheapest.
//!
//! Invariant: it knows single convolutions, never a network or a layer. The search is exact; its bounds are tested against every
//! completion.

mod anatomy;
mod cache;
mod candidates;
mod cost;
mod error;
mod explain;
mod joint;
mod options;
mod plan;
mod plan_cost;
mod planning;
mod purpose;
mod search;
mod setting;
mod shape;
mod shared;
mod sizes;
mod splits;
mod tile;

pub use anatomy::{Anatomy, Fill, FillCause, anatomy};
pub use cache::{PlanCache, PlanRequest};
pub use cost::CostPhase;
pub use error::{NoPlan, PlanError};
pub use explain::{KernelExplanation, explain};
pub use joint::{JointPlanChoice, implied, is_joinable, plan_jointly};
pub use options::{Objective, PlanOptions, TransformScope};
pub use plan::{Method, MethodKind, Partition, Plan, Transforms};
pub use plan_cost::PlanCost;
pub use planning::{PlanChoice, Planner, RankedPlan, UnsplitPlan, plan, unsplit};
pub use purpose::Purpose;
pub use shared::{SharedJointPlan, SharedPlan, SharedPlans};

use tilesim_codelets::Count;
use tilesim_graph::Convolution;
use tilesim_machine::Machine;
use tilesim_program::vertex::convolution::ConvolutionVertex;

use cost::evaluate;
use setting::{Setting, Terms, transformed};
use shape::Shape;

/// The cost of `plan` for `convolution`, as the vendor's planner would charge it; `count` says whose cycles the kernels take.
///
/// # Errors
/// When the plan does not fit the convolution or its kernel cannot compute a tile's share.
pub fn cost(
    machine: &Machine,
    convolution: &Convolution,
    options: &PlanOptions,
    plan: &Plan,
    count: Count,
) -> Result<PlanCost, PlanError> {
    let shape = Shape::new(convolution)?;
    check_partition(&plan.partition, shape.dimensions.len(), machine)?;
    let transformed = transformed(&shape, &plan.transforms)?;
    let terms = Terms {
        machine,
        options,
        count,
    };
    let setting = Setting::of(terms, &shape, &transformed, plan)?;
    evaluate(&setting, &plan.partition)
}

/// The whole convolution under the transforms of `plan` as one vertex of the plan's kernel: what splits over tiles cut up.
///
/// # Errors
/// When the plan does not fit the convolution.
pub fn whole_vertex(
    machine: &Machine,
    convolution: &Convolution,
    options: &PlanOptions,
    plan: &Plan,
) -> Result<ConvolutionVertex, PlanError> {
    let shape = Shape::new(convolution)?;
    check_partition(&plan.partition, shape.dimensions.len(), machine)?;
    let transformed = transformed(&shape, &plan.transforms)?;
    let terms = Terms {
        machine,
        options,
        count: Count::Machine,
    };
    let setting = Setting::of(terms, &shape, &transformed, plan)?;
    let shape = setting.shape;
    let tile = tile::Tile::new(&setting, &plan.partition);
    Ok(ConvolutionVertex {
        batch: shape.batch,
        conv_groups: shape.conv_groups,
        in_channels: shape.in_channels,
        out_channels: shape.out_channels,
        output: shape.dimensions.iter().map(shape::Dimension::output).collect(),
        kernel_size: shape.dimensions.iter().map(|d| d.kernel).collect(),
        ..cost::vertex(&setting, &tile)
    })
}

fn check_partition(partition: &Partition, dimensions: usize, machine: &Machine) -> Result<(), PlanError> {
    let spatial = [
        ("field", &partition.field),
        ("field_grain", &partition.field_grain),
        ("kernel", &partition.kernel),
    ];
    for (what, splits) in spatial {
        if splits.len() != dimensions || splits.contains(&0) {
            return Err(PlanError::Partition { what, dimensions });
        }
    }
    for (what, split) in [
        ("batch", partition.batch),
        ("conv_group", partition.conv_group),
        ("in_channel_parallel", partition.in_channel_parallel),
        ("in_channel_serial", partition.in_channel_serial),
        ("out_channel_parallel", partition.out_channel_parallel),
        ("out_channel_serial", partition.out_channel_serial),
    ] {
        if split == 0 {
            return Err(PlanError::ZeroSize { what });
        }
    }
    let product = |splits: &[u64]| {
        splits
            .iter()
            .fold(1u64, |product, &split| product.saturating_mul(split))
    };
    let tiles = product(&[
        partition.batch,
        product(&partition.field),
        product(&partition.kernel),
        partition.conv_group,
        partition.in_channel_parallel,
        partition.out_channel_parallel,
    ]);
    let available = u64::from(machine.tiles);
    let iterations = product(&[partition.in_channel_serial, partition.out_channel_serial]);
    for (used, limit) in [(tiles, available), (iterations, u64::from(u32::MAX))] {
        if used > limit {
            return Err(PlanError::TooManyParts { used, available });
        }
    }
    Ok(())
}
