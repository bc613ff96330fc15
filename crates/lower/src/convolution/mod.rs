//! Convolutions: from a plan to where operands lie and the steps that compute them.

mod describe;
mod geometry;
mod operands;
pub(crate) mod skip;
pub(crate) mod slices;
mod space;
mod steps;

pub(crate) use describe::describe;
pub(crate) use geometry::Geometry;
pub use operands::ConvolutionPass;
pub(crate) use steps::{PlannedConvolution, cast};
