//! Convolutions: from a plan to where operands lie and the steps that compute them.

mod computed;
mod describe;
mod geometry;
mod layers;
mod operands;
mod operator;
mod plans;
mod skip;
mod slices;
mod space;
mod steps;
mod workspace;

pub(crate) use computed::{computed, convolution_of};
pub(crate) use describe::describe;
pub(crate) use geometry::Geometry;
pub(crate) use plans::{GraphPlans, intersection, is_matrix_product, plans, purpose};
pub(crate) use steps::{CONTIGUOUS_MEMORY_PARTS, PlannedConvolution, cast};
