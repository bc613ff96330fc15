//! Theoretical cost: what a network costs whatever runs it.
//!
//! Counts follow the conventions of Masters et al. 2021 (arXiv 2106.03640): products with padding count, a floating-point
//! operation is half a multiply-accumulate, and everything is of the graph as the network defines it, before any folding.

mod elementwise;
mod layer;
mod parameters;
mod total;

pub use elementwise::ElementwiseCount;
pub use layer::LayerCost;
pub use parameters::ParameterCount;
pub(crate) use parameters::cast_sources;
pub use total::{KindCost, TheoreticalCost, theoretical_cost};
