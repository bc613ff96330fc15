//! Operators.

mod optimiser_step;
mod pool;

use std::ops::Range;

pub use optimiser_step::{LayerwiseAdaptiveRate, OptimiserStep};
pub use pool::{Pool, PoolKind};

use crate::{Activation, Convolution, ElementType, Phase, Rearrangement, TensorId};

/// Index of an operator in its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpId(pub u32);

/// Index of a layer in its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerId(pub u32);

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
    /// The larger one. What is not a number stays so.
    Maximum,
    /// The smaller one. What is not a number stays so.
    Minimum,
    /// a to the power b.
    Power,
}

impl Binary {
    /// Whether it is the same with its operands exchanged.
    pub const fn commutes(self) -> bool {
        matches!(self, Self::Add | Self::Multiply | Self::Maximum | Self::Minimum)
    }
}

/// Which statistics a normalisation uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NormKind {
    /// Over batch and space, per channel; constants at inference, where it folds into the convolution before it.
    Batch,
    /// The same in training: over batch and space of x itself, per channel.
    CurrentBatch,
    /// Per sample, over space and the channels of one of `groups` groups.
    Group {
        /// Number of groups; 1 is layer norm.
        groups: u64,
        /// Which channels are in a group.
        grouping: NormGrouping,
    },
}

/// Which channels a group norm normalises together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NormGrouping {
    /// Neighbours: of C channels in G groups, c is in group c / (C / G) (`PyTorch`, ONNX).
    Contiguous,
    /// Every G-th: c is in group c mod G (`TensorFlow` for the IPU, `normalization_ops.py`, `strided_channel_grouping`).
    Strided,
}

impl NormKind {
    /// Layer norm: one group of all channels.
    pub const LAYER: Self = Self::Group {
        groups: 1,
        grouping: NormGrouping::Contiguous,
    };

    /// Group norm of neighbouring channels.
    pub const fn contiguous(groups: u64) -> Self {
        Self::Group {
            groups,
            grouping: NormGrouping::Contiguous,
        }
    }

    /// Group norm of every so many channels.
    pub const fn strided(groups: u64) -> Self {
        Self::Group {
            groups,
            grouping: NormGrouping::Strided,
        }
    }

    /// Whether statistics are worked out from x, and are no constants.
    pub const fn has_own_statistics(self) -> bool {
        !matches!(self, Self::Batch)
    }
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

/// What a reduction leaves of the elements that it joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// The mean square of their distances from their mean.
    Variance,
    /// The sum of their squares.
    SumOfSquares,
    /// The largest of them.
    Maximum,
}

/// What an operator computes.
///
/// "Stated" shapes are those that the operands do not determine ([`output_shape`](Self::output_shape)).
#[derive(Debug, Clone, PartialEq)]
pub enum OpKind {
    /// Inputs: x `[N, C_in, …]`, weights `[C_out, C_in / groups, …]`, optional bias `[C_out]`.
    Convolution(Convolution),
    /// Inputs: x `[N, C_in]`, weights `[C_out, C_in]`, optional bias `[C_out]`.
    FullyConnected,
    /// Gradient of a convolution's input. The convolution is the forward one; inputs: gradient of its output, its weights,
    /// optional bias `[C_in]`. In the forward pass of a network this is a transposed convolution.
    ConvolutionInputGradient(Convolution),
    /// Gradient of a convolution's weights. The convolution is the forward one; inputs: its x, gradient of its output.
    ConvolutionWeightGradient(Convolution),
    /// a + factor · b, of the type of a. Inputs: a, b of one shape. Accumulates gradients, decays weights, updates weights.
    ScaledAdd {
        /// Factor of the second operand.
        factor: f64,
    },
    /// Normalisation.
    Norm(Norm),
    /// x without its mean, over its deviation: a norm with statistics of its own, without scale and shift. Inputs: x.
    Whiten(Norm),
    /// Pointwise activation.
    Activation(Activation),
    /// Proxy-normalised activation.
    ProxyActivation(ProxyActivation),
    /// Pointwise function of two operands.
    Binary(Binary),
    /// Windowed pooling.
    Pool(Pool),
    /// Mean over all spatial dimensions, kept as size 1: `[N, C, …]` → `[N, C, 1, …]`.
    GlobalAveragePool,
    /// Softmax over some neighbouring dimensions, whose elements are taken together: e^(x − largest) / Σ e^(x − largest).
    Softmax {
        /// The dimensions that are taken together; `1..2` are the channels.
        axes: Range<usize>,
    },
    /// Same elements in another (stated) shape.
    Reshape,
    /// factor · x.
    Scale {
        /// The factor.
        factor: f64,
    },
    /// Joins elements along the dimensions that the stated shape has as 1.
    Reduce(Reduction),
    /// Repeats elements along dimensions of size 1 up to the stated shape.
    Broadcast,
    /// The `size` elements from `start` on along one dimension.
    Slice {
        /// Index of the dimension.
        axis: usize,
        /// First element.
        start: u64,
        /// Elements.
        size: u64,
    },
    /// The same value everywhere, in the stated shape. No inputs.
    Fill {
        /// The value.
        value: f64,
    },
    /// Same values in another type.
    Cast(ElementType),
    /// Random factors of dropout and of stochastic depth, in the stated shape: 0 with probability `rate`, else
    /// 1 / (1 − rate), so that their mean is 1. No inputs.
    RandomMask {
        /// Probability of 0.
        rate: f64,
    },
    /// decay · average + (1 − decay) · value, of the type of the average. Inputs: average, value of one shape.
    MovingAverage {
        /// What is kept of the average.
        decay: f64,
    },
    /// Gradient of an activation's operand. Inputs: gradient of its output, then what
    /// [`Activation::gradient_operand`] says.
    ActivationGradient(Activation),
    /// Gradient of a norm's x. Inputs: x (for its deviation, which the forward pass may keep), x whitened (the norm without
    /// gamma and beta), gradient of the output, gamma where the norm has one.
    ///
    /// With g = gradient · gamma, means over what shares one statistic, and white x̂:
    /// (g − mean g − x̂ · mean(g · x̂)) / deviation. [`NormKind::Batch`], whose statistics are constants, has none.
    NormGradient(Norm),
    /// Gradients of a norm's gamma and beta, `[2, C]`, of constants too. Inputs: x whitened, gradient of the output.
    NormParameterGradient,
    /// Mean and inverse standard deviation of a proxy-normalised activation, `[2, C]`. Inputs: beta, gamma, proxy beta, proxy
    /// gamma (each `[C]`).
    ///
    /// Over the [`PROXY_SAMPLES`](crate::PROXY_SAMPLES) Gaussian quantiles r, of
    /// activation(gamma · ((1 + proxy gamma) · r + proxy beta) + beta); epsilon is added to the variance.
    ProxyStatistics(ProxyActivation),
    /// Gradients of the operands of [`ProxyStatistics`](Self::ProxyStatistics) in their order, `[4, C]`. Inputs: the same
    /// operands, the gradient of the mean, and the gradient of the inverse standard deviation where something reads it
    /// (each `[C]`).
    ProxyStatisticsGradient(ProxyActivation),
    /// Gradient of a pool's operand, in the stated shape. Inputs: gradient of the output; for a largest element also the
    /// pool's operand and output. Of several largest elements the first takes the gradient.
    PoolGradient(Pool),
    /// Mean over the batch of the cross entropy of softmax with smoothed labels, `[1]`. Inputs: logits `[N, classes]`, labels
    /// `[N]` (indices of classes).
    SoftmaxCrossEntropy {
        /// Share of the target that is spread evenly over all classes.
        label_smoothing: f64,
    },
    /// Gradient of [`SoftmaxCrossEntropy`](Self::SoftmaxCrossEntropy)'s logits times a factor. The same inputs.
    SoftmaxCrossEntropyGradient {
        /// Share of the target that is spread evenly over all classes.
        label_smoothing: f64,
        /// Loss scale: keeps small gradients in the range of half precision.
        scale: f64,
    },
    /// A step of an optimiser.
    OptimiserStep(OptimiserStep),
    /// Elements of the operands in other places. Inputs: as many as the rearrangement has sources.
    Rearrange(Rearrangement),
    /// Operands one after the other along a dimension; they agree in all others.
    Concat {
        /// Index of the dimension.
        axis: usize,
    },
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
    /// When it runs.
    pub phase: Phase,
}
