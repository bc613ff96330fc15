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

pub use binary::cost as binary_cost;
pub use broadcast_scalar::cost as broadcast_scalar_cost;
pub use broadcast_vector_inner::cost as broadcast_vector_inner_cost;
pub use broadcast_vector_outer::cost as broadcast_vector_outer_cost;
pub use cast::cost as cast_cost;
pub use copy::cost as copy_cost;
pub use dynamic_slice::cost as dynamic_slice_cost;
pub use fill::{cost as fill_cost, worker_cycles as fill_worker_cycles};
pub use loss::{cost as cross_entropy_cost, cross_entropy_worker};
pub use multi_slice::cost as multi_slice_cost;
pub use non_linearity::cost as non_linearity_cost;
pub use non_linearity_gradient::cost as non_linearity_gradient_cost;
pub use non_linearity_regions::NonLinearityRegions;
pub use normalise::{cost as inverse_standard_deviation_cost, inverse_standard_deviation_worker};
pub use pooling::cost as pooling_cost;
pub use random_mask::cost as random_mask_cost;
pub use reduce::{ContiguousReduce, GeneralReduce, ScalarReduce, StridedReduce, cost as reduce_cost};
pub use scaled_add::cost as scaled_add_cost;
pub use select::{cost as select_cost, worker_cycles as select_worker_cycles};
pub use transpose::cost as transpose_cost;
pub use unary::cost as unary_cost;
pub use worker::WorkerCycles;

use crate::{Count, VertexCost};

/// What a tile pays for its share; `None` where the machine has no such kernel for these types, or a count overflows.
pub fn cost(machine: &Machine, vertex: &VectorVertex, count: Count) -> Option<VertexCost> {
    match vertex {
        VectorVertex::Unary(vertex) => unary_cost(machine, vertex),
        VectorVertex::Binary(vertex) => binary_cost(machine, vertex),
        VectorVertex::NonLinearity(vertex) => non_linearity_cost(machine, vertex),
        VectorVertex::ScaledAdd(vertex) => scaled_add_cost(machine, vertex, count),
        VectorVertex::Select(vertex) => select_cost(machine, vertex),
        VectorVertex::BroadcastScalar(vertex) => broadcast_scalar_cost(machine, vertex),
        VectorVertex::BroadcastVectorOuter(vertex) => broadcast_vector_outer_cost(machine, vertex),
        VectorVertex::Fill(vertex) => fill_cost(machine, vertex),
        VectorVertex::DynamicSlice(vertex) => dynamic_slice_cost(machine, vertex, count),
        VectorVertex::MultiSlice(vertex) => multi_slice_cost(machine, vertex, count),
        VectorVertex::Transpose(vertex) => transpose_cost(machine, vertex),
        VectorVertex::BroadcastVectorInner(vertex) => broadcast_vector_inner_cost(machine, vertex, count),
        VectorVertex::Cast(vertex) => cast_cost(machine, vertex),
        VectorVertex::Copy(vertex) => copy_cost(machine, vertex),
        VectorVertex::NonLinearityGradient(vertex) => non_linearity_gradient_cost(machine, vertex),
        VectorVertex::Reduce(vertex) => reduce_cost(machine, vertex, count),
        VectorVertex::Pooling(vertex) => pooling_cost(machine, vertex, count),
        VectorVertex::InverseStandardDeviation(vertex) => inverse_standard_deviation_cost(machine, vertex),
        VectorVertex::CrossEntropy(vertex) => cross_entropy_cost(machine, vertex),
        VectorVertex::RandomMask(vertex) => random_mask_cost(machine, vertex),
    }
}
