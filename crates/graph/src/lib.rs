//! Networks as graphs of tensors and operators, and what they cost in theory.
//!
//! Invariant: this crate knows no hardware.

mod convolution;
mod graph;
mod layer;
mod op;
mod tensor;

pub use convolution::{Convolution, Spatial};
pub use graph::Graph;
pub use layer::{Layer, LayerKind};
pub use op::{
    Activation, Binary, LayerId, Norm, NormKind, Op, OpId, OpKind, Pool, PoolKind, ProxyActivation,
};
pub use tensor::{DataType, Tensor, TensorId, TensorKind};
