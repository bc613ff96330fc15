//! Networks as graphs of tensors and operators, and what they cost in theory.
//!
//! Invariant: this crate knows no hardware.

mod builder;
mod convolution;
pub mod cost;
mod error;
mod graph;
mod layer;
mod limits;
mod op;
pub mod passes;
mod shape;
mod tensor;

pub use builder::GraphBuilder;
pub use convolution::{Convolution, ConvolutionError, Spatial};
pub use cost::{LayerCost, TheoreticalCost, theoretical_cost};
pub use error::{GraphError, ShapeError};
pub use graph::Graph;
pub use layer::{Layer, LayerKind};
pub use op::{
    Accumulation, Activation, Binary, LayerId, Norm, NormKind, Op, OpId, OpKind, Pool, PoolKind,
    ProxyActivation, Reduction,
};
pub use passes::fold_batch_norm;
pub use tensor::{DataType, Tensor, TensorId, TensorKind};
