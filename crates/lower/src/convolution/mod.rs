//! Convolutions: from a plan to where operands lie and the steps that compute them.

mod describe;
mod geometry;
mod steps;

pub(crate) use steps::{Parameters, lower};
