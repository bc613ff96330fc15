//! Vector kernels: everything that is not a convolution.

mod binary;
mod broadcast_scalar;
mod broadcast_vector_inner;
mod broadcast_vector_outer;
mod cast;
mod copy;
mod deal;
mod differences;
mod dynamic_slice;
mod fill;
mod legality;
mod loss;
mod multi_slice;
mod non_linearity;
mod non_linearity_gradient;
mod non_linearity_regions;
mod normalise;
mod pooling;
mod random_mask;
mod reduce;
mod scaled_add;
mod select;
mod transpose;
mod unary;
mod worker;

use tilesim_machine::Machine;
use tilesim_program::vertex::vector::VectorVertex;

pub use fill::worker_cycles as fill_worker_cycles;
pub use legality::IllegalVectorKernel;
pub use loss::cross_entropy_worker;
pub use non_linearity_regions::NonLinearityRegions;
pub use normalise::inverse_standard_deviation_worker;
pub use reduce::{ContiguousReduce, GeneralReduce, ScalarReduce, StridedReduce};
pub use select::worker_cycles as select_worker_cycles;
pub use worker::WorkerCycles;

use crate::{Count, VertexCost};

/// What a tile pays for its share.
///
/// # Errors
/// If the machine has no such kernel for these types or this function, or a count of cycles or bytes overflows.
pub fn cost(
    machine: &Machine,
    vertex: &VectorVertex,
    count: Count,
) -> Result<VertexCost, IllegalVectorKernel> {
    counted(machine, vertex, count).ok_or_else(|| IllegalVectorKernel::of(vertex))
}

/// What a tile pays for its share, or `None`, for either reason.
fn counted(machine: &Machine, vertex: &VectorVertex, count: Count) -> Option<VertexCost> {
    match vertex {
        VectorVertex::Unary(vertex) => unary::cost(machine, vertex),
        VectorVertex::Binary(vertex) => binary::cost(machine, vertex),
        VectorVertex::NonLinearity(vertex) => non_linearity::cost(machine, vertex),
        VectorVertex::ScaledAdd(vertex) => scaled_add::cost(machine, vertex, count),
        VectorVertex::Select(vertex) => select::cost(machine, vertex),
        VectorVertex::BroadcastScalar(vertex) => broadcast_scalar::cost(machine, vertex),
        VectorVertex::BroadcastVectorOuter(vertex) => broadcast_vector_outer::cost(machine, vertex),
        VectorVertex::Fill(vertex) => fill::cost(machine, vertex),
        VectorVertex::DynamicSlice(vertex) => dynamic_slice::cost(machine, vertex, count),
        VectorVertex::MultiSlice(vertex) => multi_slice::cost(machine, vertex, count),
        VectorVertex::Transpose(vertex) => transpose::cost(machine, vertex),
        VectorVertex::BroadcastVectorInner(vertex) => broadcast_vector_inner::cost(machine, vertex, count),
        VectorVertex::Cast(vertex) => cast::cost(machine, vertex),
        VectorVertex::Copy(vertex) => copy::cost(machine, vertex),
        VectorVertex::NonLinearityGradient(vertex) => non_linearity_gradient::cost(machine, vertex),
        VectorVertex::Reduce(vertex) => reduce::cost(machine, vertex, count),
        VectorVertex::Pooling(vertex) => pooling::cost(machine, vertex, count),
        VectorVertex::InverseStandardDeviation(vertex) => normalise::cost(machine, vertex),
        VectorVertex::CrossEntropy(vertex) => loss::cost(machine, vertex),
        VectorVertex::RandomMask(vertex) => random_mask::cost(machine, vertex),
    }
}
