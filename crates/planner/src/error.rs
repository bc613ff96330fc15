//! Errors of the planner.

use tilesim_codelets::convolution::IllegalKernel;

use super::plan::MethodKind;

/// A plan that cannot be costed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Too few or too many spatial dimensions.
    #[error("a convolution of {dimensions} spatial dimensions (1 to {supported} are supported)")]
    Dimensions {
        /// Given dimensions.
        dimensions: usize,
        /// Largest supported number.
        supported: usize,
    },
    /// The fields of a convolution have different numbers of spatial dimensions.
    #[error(
        "the input has {dimensions} spatial dimensions, but kernel, stride, dilation or padding another number"
    )]
    UnequalDimensions {
        /// Spatial dimensions of the input.
        dimensions: usize,
    },
    /// The convolution is beyond what counters of sizes hold.
    #[error("the product of batch, channels and field of the convolution, dilated and padded, exceeds 2^56")]
    TooLarge,
    /// Costing the convolution takes products beyond what counters of cycles and bytes hold, however it is rewritten.
    #[error(
        "2^{work} or more multiply-accumulates, or elements that a loop moves; less than 2^{most} can be counted"
    )]
    TooMuchWork {
        /// Binary logarithm of the larger of both, padding included, rounded down.
        work: u32,
        /// Binary logarithm of what it has to stay below.
        most: u32,
    },
    /// A plan uses more tiles than there are, or a loop of more iterations than counters hold.
    #[error("the plan uses {used} tiles or iterations; the machine has {available} tiles")]
    TooManyParts {
        /// Product of the splits.
        used: u64,
        /// Tiles of the machine.
        available: u64,
    },
    /// A size that must be positive is zero.
    #[error("{what} is zero")]
    ZeroSize {
        /// The size.
        what: &'static str,
    },
    /// The convolution computes nothing.
    #[error("the convolution has no output elements")]
    EmptyConvolution,
    /// A transform names a dimension that the convolution lacks.
    #[error(
        "a transform names dimension {dimension}, but the convolution has {dimensions} spatial dimensions"
    )]
    UnknownDimension {
        /// Dimension as `flatten_dims` counts it.
        dimension: usize,
        /// Spatial dimensions of the convolution.
        dimensions: usize,
    },
    /// A partition of another number of dimensions, or with a split of zero.
    #[error("{what} must hold {dimensions} positive splits")]
    Partition {
        /// The split.
        what: &'static str,
        /// Spatial dimensions of the convolution.
        dimensions: usize,
    },
    /// The kernel cannot compute a tile's share.
    #[error("{method} cannot compute a tile's share: {reason}")]
    IllegalKernel {
        /// Kernel family.
        method: MethodKind,
        /// Why not.
        reason: IllegalKernel,
    },
}

/// Why no plan satisfies the options.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NoPlan {
    /// The convolution itself is malformed.
    #[error("the convolution cannot be planned: {0}")]
    Malformed(#[from] PlanError),
    /// No allowed kernel can compute this convolution.
    #[error("none of the allowed kernels ({}) can compute {convolution} on this machine", allowed.iter().map(|m| m.name()).collect::<Vec<_>>().join(", "))]
    NoLegalKernel {
        /// Kernels that were allowed.
        allowed: Vec<MethodKind>,
        /// The convolution.
        convolution: String,
    },
    /// Every plan needs more temporary memory than allowed.
    #[error("the least temporary memory of any plan is {needed} bytes a tile, {} more than the {allowed} allowed", needed - allowed)]
    Memory {
        /// Bytes allowed on each tile.
        allowed: u64,
        /// Bytes that the smallest plan needs.
        needed: u64,
    },
    /// The search was asked to stop.
    #[error("the search for a plan was cancelled")]
    Cancelled,
}
