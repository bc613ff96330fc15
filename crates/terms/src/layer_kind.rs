//! Kinds of layers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Kind of a layer: what its main operator does in the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LayerKind {
    /// Dense convolution with its norm and activation.
    Conv,
    /// 1×1 expansion of an inverted bottleneck.
    PointwiseExpand,
    /// Grouped or depthwise spatial convolution.
    Spatial,
    /// Spatial mean of a squeeze-excite.
    SqueezeExcitePool,
    /// Fully connected layer of a squeeze-excite.
    SqueezeExciteFc,
    /// Multiplication by the squeeze-excite gate.
    SqueezeExciteMultiply,
    /// 1×1 projection.
    PointwiseProject,
    /// Residual addition.
    Add,
    /// Windowed or global pooling.
    Pool,
    /// Fully connected layer.
    FullyConnected,
    /// Product of two activations that is no part of attention.
    MatrixProduct,
    /// Attention: products of queries with keys, what is done to the scores, their softmax, and its products with values.
    Attention,
    /// Softmax that is no part of attention.
    Softmax,
    /// A norm or activation that stands alone.
    Elementwise,
    /// Data that moves: a transposition, slice, concatenation and the like.
    Rearrangement,
}

impl LayerKind {
    /// All kinds, in the order of tables.
    pub const ALL: [Self; 15] = [
        Self::Conv,
        Self::PointwiseExpand,
        Self::Spatial,
        Self::SqueezeExcitePool,
        Self::SqueezeExciteFc,
        Self::SqueezeExciteMultiply,
        Self::PointwiseProject,
        Self::Add,
        Self::Pool,
        Self::FullyConnected,
        Self::MatrixProduct,
        Self::Attention,
        Self::Softmax,
        Self::Elementwise,
        Self::Rearrangement,
    ];

    /// The name in files, tables and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conv => "conv",
            Self::PointwiseExpand => "pointwise_expand",
            Self::Spatial => "spatial",
            Self::SqueezeExcitePool => "squeeze_excite_pool",
            Self::SqueezeExciteFc => "squeeze_excite_fc",
            Self::SqueezeExciteMultiply => "squeeze_excite_multiply",
            Self::PointwiseProject => "pointwise_project",
            Self::Add => "add",
            Self::Pool => "pool",
            Self::FullyConnected => "fully_connected",
            Self::MatrixProduct => "matrix_product",
            Self::Attention => "attention",
            Self::Softmax => "softmax",
            Self::Elementwise => "elementwise",
            Self::Rearrangement => "rearrangement",
        }
    }
}
