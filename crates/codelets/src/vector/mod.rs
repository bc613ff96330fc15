//! Vector kernels: everything that is not a convolution.

mod binary;
mod non_linearity;
pub mod table;
mod unary;

use tilesim_machine::Machine;
use tilesim_program::vertex::vector::VectorVertex;

pub use binary::cost as binary_cost;
pub use non_linearity::cost as non_linearity_cost;
pub use unary::cost as unary_cost;

use crate::{Count, VertexCost};

/// What a tile pays for its share; `None` where the machine has no such kernel for these types, or a count overflows.
pub fn cost(machine: &Machine, vertex: &VectorVertex, _count: Count) -> Option<VertexCost> {
    match vertex {
        VectorVertex::Unary(vertex) => unary_cost(machine, vertex),
        VectorVertex::Binary(vertex) => binary_cost(machine, vertex),
        VectorVertex::NonLinearity(vertex) => non_linearity_cost(machine, vertex),
        _ => None,
    }
}
