//! Layers: the unit in which costs are reported.

/// Kind of layer: what its main operator does in the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LayerKind {
    /// Dense convolution (stem, top, plain convolutions of other networks) with its norm and activation.
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
    /// Softmax.
    Softmax,
}

/// A layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Name, such as `block2a/b`.
    pub name: String,
    /// Block, such as `block2a`.
    pub block: String,
    /// Kind.
    pub kind: LayerKind,
}
