//! Convolutions: from a plan to where operands lie and the steps that compute them.

mod describe;
mod geometry;
mod layers;
mod operands;
mod operator;
mod planned;
mod plans;
mod purpose;
mod skip;
mod slices;
mod space;
mod steps;
mod task;
mod workspace;

pub(crate) use operator::lower;
pub use plans::{GraphPlans, alternatives, plan_requests};
pub(crate) use plans::{intersection, plans};
pub(crate) use purpose::{is_matrix_product, purpose};
pub(crate) use steps::CONTIGUOUS_MEMORY_PARTS;
pub(crate) use task::{convolution_of, convolution_task};
