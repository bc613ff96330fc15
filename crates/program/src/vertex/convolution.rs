//! Partial convolutions: what one tile computes of a convolution, by one of six kernels.

use smallvec::SmallVec;
use tilesim_machine::ElementType;

/// The kernel (vertex) that computes a partial convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ConvolutionKernel {
    /// Convolution units over a 1×1 kernel with full weights (`ConvPartial1x1Out`).
    Amp1x1 {
        /// Convolution units used.
        conv_units: u32,
    },
    /// Convolution units over any kernel; few input channels are filled up with kernel rows (`ConvPartialnx1`).
    AmpNx1 {
        /// Convolution units used.
        conv_units: u32,
    },
    /// Convolution units hold a 1×4 window and inputs stream past (`ConvPartial1xNSLIC`).
    Slic {
        /// Chains of convolution units used: 4, or 2 (two passes with float partials, or the 8-unit half variant).
        conv_chains: u32,
    },
    /// Vertical multiply-accumulate by the workers, each with its own accumulators.
    VerticalMac,
    /// Horizontal multiply-accumulate: dot products along the input channels.
    HorizontalMac,
    /// Outer product of one input channel with the weights.
    OuterProduct,
}

/// Channels that form the innermost contiguous block of a kernel's operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelGrouping {
    /// Convolution groups per block.
    pub conv_groups: u64,
    /// Input channels (of one group) per block.
    pub in_channels: u64,
    /// Output channels (of one group) per block.
    pub out_channels: u64,
}

/// Sizes per spatial dimension, outermost first.
pub type Sizes = SmallVec<[u64; 3]>;

/// One tile's share of a convolution.
///
/// Channel counts are the tile's share before they are padded to the grouping.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ConvolutionVertex {
    /// Kernel.
    pub kernel: ConvolutionKernel,
    /// Type of inputs and weights.
    pub input_type: ElementType,
    /// Type of the partial sums that it writes.
    pub partials_type: ElementType,
    /// Channel grouping.
    pub grouping: ChannelGrouping,
    /// Batch elements.
    pub batch: u64,
    /// Convolution groups (not blocks of them).
    pub conv_groups: u64,
    /// Input channels per group.
    pub in_channels: u64,
    /// Output channels per group.
    pub out_channels: u64,
    /// Output positions per spatial dimension.
    pub output: Sizes,
    /// Kernel elements per spatial dimension, before padding to the kernel's block.
    pub kernel_size: Sizes,
    /// Output stride per spatial dimension.
    pub stride: Sizes,
    /// Input dilation per spatial dimension.
    pub input_dilation: Sizes,
}

impl ConvolutionVertex {
    /// A vertex of the same kernel without sizes.
    pub(super) fn kernel(&self) -> Self {
        let none = Sizes::new();
        Self {
            kernel: self.kernel,
            input_type: self.input_type,
            partials_type: self.partials_type,
            grouping: ChannelGrouping {
                conv_groups: 0,
                in_channels: 0,
                out_channels: 0,
            },
            batch: 0,
            conv_groups: 0,
            in_channels: 0,
            out_channels: 0,
            output: none.clone(),
            kernel_size: none.clone(),
            stride: none.clone(),
            input_dilation: none,
        }
    }
}
