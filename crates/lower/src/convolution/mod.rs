//! Convolutions: from a plan to where operands lie and the steps that compute them.

mod describe;
mod geometry;
mod operands;
pub(crate) mod skip;
mod space;
mod steps;

pub(crate) use geometry::Geometry;
pub use operands::ConvolutionPass;
pub(crate) use steps::PlannedConvolution;
