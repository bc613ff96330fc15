//! Kernels: what one tile computes from what it holds.

mod convolution;
mod copies;
mod functions;
mod gathered;
mod indices;
mod pooling;
mod rearrangement;
mod reduction;
mod vector;

pub(crate) use convolution::convolution;
pub(crate) use gathered::reduce_gathered;
pub(crate) use pooling::{maximum_gradient, pooling};
pub(crate) use rearrangement::rearrangement;
pub(crate) use reduction::on_tile as reduce_on_tile;
pub(crate) use vector::vector;
