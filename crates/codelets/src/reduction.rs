//! Reduction of a convolution's partial sums over tiles.

mod cast;
mod convolution_reduce;
mod reduce_add;
mod stages;

pub use cast::cast_cycles;
pub use convolution_reduce::{ConvolutionReduce, convolution_reduce_cycles, reduce_add_vertex};
pub use reduce_add::{reduce_add_cost, reduce_add_cycles};
pub use stages::stage_depths;
