//! Networks as graphs of tensors and operators, and what they cost in theory.
//!
//! Invariant: this crate knows no hardware.

mod activation;
pub mod autodiff;
mod builder;
mod convolution;
pub mod cost;
mod error;
mod graph;
mod layer;
mod limits;
mod op;
pub mod passes;
mod proxy;
mod rearrangement;
pub mod reference;
mod shape;
mod state_change;
mod tensor;

pub use activation::{Activation, Elementary, GradientOperand, Joining, Term};
pub use autodiff::{TrainingGraph, TrainingOptions, training_graph};
pub use builder::GraphBuilder;
pub use convolution::{Convolution, ConvolutionError, Spatial};
pub use cost::{LayerCost, TheoreticalCost, theoretical_cost};
pub use error::{GraphError, ShapeError};
pub use graph::Graph;
pub use layer::Layer;
pub use op::{
    Binary, LayerId, LayerwiseAdaptiveRate, Norm, NormGrouping, NormKind, Op, OpId, OpKind, OptimiserStep,
    Pool, PoolKind, ProxyActivation, Reduction,
};
pub use passes::{fold_batch_norm, join_proxies};
pub use proxy::{PROXY_SAMPLES, proxy_samples};
pub use rearrangement::{
    CommonDigits, PadMode, Progression, Rearrangement, RearrangementError, Reversal, SliceRange, SourceIndex,
    common_digits,
};
pub use state_change::StateChange;
pub use tensor::{Tensor, TensorId, TensorKind};
pub use tilesim_terms::{Augmentation, ElementType, LayerKind, Phase, Scalar};
