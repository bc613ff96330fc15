//! Vector kernels: everything that is not a convolution. One file per family, one struct per kernel.
//!
//! A struct states the share of one tile; the kernel deals it over the tile's workers.

mod broadcast;
mod elementwise;
mod fill;
mod kernel;
mod loss;
mod movement;
mod non_linearity;
mod normalise;
mod pooling;
mod random;
mod reduce;

pub use broadcast::{
    BroadcastScalarVertex, BroadcastVectorInnerVertex, BroadcastVectorOuterVertex, ScalarOp,
};
pub use elementwise::{
    BinaryOp, BinaryVertex, CastVertex, ScaledAddKind, ScaledAddVertex, SelectVertex, UnaryOp, UnaryVertex,
};
pub use fill::FillVertex;
pub use loss::CrossEntropyVertex;
pub use movement::{CopyVertex, DynamicSliceVertex, MultiSliceVertex, TransposeVertex};
pub use non_linearity::{NonLinearity, NonLinearityGradientVertex, NonLinearityVertex};
pub use normalise::InverseStandardDeviationVertex;
pub use pooling::{PoolingKind, PoolingVertex};
pub use random::RandomMaskVertex;
pub use reduce::{ReduceForm, ReduceOp, ReduceVertex};

/// A vector kernel's work on one tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VectorVertex {
    /// A function of one operand.
    Unary(UnaryVertex),
    /// A function of two operands of one shape.
    Binary(BinaryVertex),
    /// A scaled sum of two operands.
    ScaledAdd(ScaledAddVertex),
    /// A choice between two operands.
    Select(SelectVertex),
    /// A change of number format.
    Cast(CastVertex),
    /// A fused non-linearity.
    NonLinearity(NonLinearityVertex),
    /// The gradient of a non-linearity.
    NonLinearityGradient(NonLinearityGradientVertex),
    /// A function of every element and one scalar.
    BroadcastScalar(BroadcastScalarVertex),
    /// A function of every element and the vector element of its channel; channels are innermost.
    BroadcastVectorInner(BroadcastVectorInnerVertex),
    /// A function of every element and the vector element of its row.
    BroadcastVectorOuter(BroadcastVectorOuterVertex),
    /// Writing one value everywhere.
    Fill(FillVertex),
    /// Copying contiguous runs on the tile.
    Copy(CopyVertex),
    /// Copying slices at an offset known at run time.
    DynamicSlice(DynamicSliceVertex),
    /// Gathering rows at offsets known at run time.
    MultiSlice(MultiSliceVertex),
    /// Transposing small matrices.
    Transpose(TransposeVertex),
    /// A reduction over one or several dimensions.
    Reduce(ReduceVertex),
    /// Sliding-window pooling.
    Pooling(PoolingVertex),
    /// 1 / √(variance + ε) of every channel.
    InverseStandardDeviation(InverseStandardDeviationVertex),
    /// Loss of every class and its gradient.
    CrossEntropy(CrossEntropyVertex),
    /// Random factors of dropout.
    RandomMask(RandomMaskVertex),
}
