//! Operators.

use crate::{Convolution, TensorId};

/// Index of an operator in its [`Graph`](crate::Graph).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpId(pub u32);

/// Index of a layer in its [`Graph`](crate::Graph).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerId(pub u32);

/// Pointwise functions of one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Activation {
    /// x · sigmoid(x), also called SiLU.
    Swish,
    /// 1 / (1 + e^−x).
    Sigmoid,
    /// max(x, 0).
    Relu,
    /// min(max(x, 0), 6).
    Relu6,
    /// x · relu6(x + 3) / 6.
    HardSwish,
    /// relu6(x + 3) / 6.
    HardSigmoid,
    /// Hyperbolic tangent.
    Tanh,
    /// Gaussian error linear unit.
    Gelu,
}

/// Pointwise functions of two operands (broadcast over dimensions of size 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Binary {
    /// a + b.
    Add,
    /// a − b.
    Subtract,
    /// a · b.
    Multiply,
    /// a / b.
    Divide,
}

/// Which statistics a normalisation uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NormKind {
    /// Over batch and space, per channel; constants at inference, where it folds into the convolution before it.
    Batch,
    /// Per sample, over space and the channels of one of `groups` groups.
    Group {
        /// Number of groups; 1 is layer norm.
        groups: u64,
    },
}

/// A normalisation. Inputs: x, then gamma and beta as far as they exist, then (batch) mean and variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Norm {
    /// Which statistics.
    pub kind: NormKind,
    /// Added to the variance.
    pub epsilon: f64,
    /// Whether a scale per channel follows.
    pub gamma: bool,
    /// Whether a shift per channel follows.
    pub beta: bool,
}

/// Proxy-normalised activation: `y = (swish(gamma·x + beta) − proxy_mean) · proxy_inverse_std`.
///
/// Inputs: x, beta, gamma, proxy mean, proxy inverse standard deviation (each `[C]`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProxyActivation {
    /// The activation that is normalised.
    pub activation: Activation,
    /// Whether the scale is applied here (`false`: delayed into the squeeze-excite gate, or absorbed).
    pub scale: bool,
    /// Added to the proxy variance.
    pub epsilon: f64,
}

/// Kind of windowed pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PoolKind {
    /// Largest element.
    Max,
    /// Mean.
    Average,
}

/// Windowed pooling over all spatial dimensions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pool {
    /// Kind.
    pub kind: PoolKind,
    /// Window per spatial dimension.
    pub kernel: Vec<u64>,
    /// Stride per spatial dimension.
    pub stride: Vec<u64>,
    /// Padding before, per spatial dimension.
    pub padding_lower: Vec<u64>,
    /// Padding after, per spatial dimension.
    pub padding_upper: Vec<u64>,
    /// Average only: whether padded zeros count in the divisor.
    pub count_include_pad: bool,
}

/// What a reduction accumulates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Accumulation {
    /// Sum.
    Sum,
    /// Sum of squares.
    SumOfSquares,
    /// Largest element.
    Maximum,
}

/// A reduction over any dimensions, which stay with size 1.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reduction {
    /// What is accumulated.
    pub accumulation: Accumulation,
    /// Dimensions that are reduced.
    pub dimensions: Vec<usize>,
}

/// What an operator computes.
#[derive(Debug, Clone, PartialEq)]
pub enum OpKind {
    /// Inputs: x `[N, C_in, …]`, weights `[C_out, C_in / groups, …]`, optional bias `[C_out]`.
    Convolution(Convolution),
    /// Inputs: x `[N, C_in]`, weights `[C_out, C_in]`, optional bias `[C_out]`.
    FullyConnected,
    /// Gradient of a convolution's input. The convolution is the forward one; inputs: gradient of its output, its weights.
    ConvolutionInputGradient(Convolution),
    /// Gradient of a convolution's weights. The convolution is the forward one; inputs: its x, gradient of its output.
    ConvolutionWeightGradient(Convolution),
    /// a + s · b for a scalar s. Inputs: a, b of one shape. A weight update.
    ScaledAdd,
    /// Normalisation.
    Norm(Norm),
    /// Pointwise activation.
    Activation(Activation),
    /// Proxy-normalised activation.
    ProxyActivation(ProxyActivation),
    /// Pointwise function of two operands.
    Binary(Binary),
    /// Windowed pooling.
    Pool(Pool),
    /// Gradient of a maximum pooling's input. The pooling is the forward one; inputs: its x, its output, gradient of its output.
    MaxPoolGradient(Pool),
    /// Reduction over any dimensions.
    Reduce(Reduction),
    /// Mean over all spatial dimensions, kept as size 1: `[N, C, …]` → `[N, C, 1, …]`.
    GlobalAveragePool,
    /// Softmax over the channels.
    Softmax,
    /// Same elements in another shape.
    Reshape,
}

/// One operator.
#[derive(Debug, Clone, PartialEq)]
pub struct Op {
    /// Unique name.
    pub name: String,
    /// The layer that it belongs to.
    pub layer: LayerId,
    /// What it computes.
    pub kind: OpKind,
    /// Operands in the order that the kind states.
    pub inputs: Vec<TensorId>,
    /// The one result.
    pub output: TensorId,
}
