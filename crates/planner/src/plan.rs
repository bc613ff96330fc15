//! What the planner decides about one convolution.

use std::fmt;

use smallvec::SmallVec;
use tilesim_graph::Spatial;
use tilesim_machine::ElementType;
use tilesim_program::vertex::convolution::ChannelGrouping;
use tilesim_terms::ConvolutionPass;

/// Elements of the window that SLIC holds along the innermost dimension.
pub(crate) const SLIC_WINDOW: u64 = 4;

/// The family of kernels that computes the partial convolution of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// Convolution units; one kernel for 1×1 and one for all other shapes.
    Amp {
        /// Convolution units used.
        conv_units: u32,
    },
    /// Convolution units that hold a 1×4 window.
    Slic {
        /// Chains of convolution units used.
        conv_chains: u32,
    },
    /// Vertical multiply-accumulate.
    VerticalMac,
    /// Horizontal multiply-accumulate.
    HorizontalMac,
    /// Outer product.
    OuterProduct,
}

impl Method {
    /// The family without its units.
    pub const fn kind(self) -> MethodKind {
        match self {
            Self::Amp { .. } => MethodKind::Amp,
            Self::Slic { .. } => MethodKind::Slic,
            Self::VerticalMac => MethodKind::VerticalMac,
            Self::HorizontalMac => MethodKind::HorizontalMac,
            Self::OuterProduct => MethodKind::OuterProduct,
        }
    }
}

/// A [`Method`] without its units: what an option can allow and an explanation compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MethodKind {
    /// See [`Method::Amp`].
    Amp,
    /// See [`Method::Slic`].
    Slic,
    /// See [`Method::VerticalMac`].
    VerticalMac,
    /// See [`Method::HorizontalMac`].
    HorizontalMac,
    /// See [`Method::OuterProduct`].
    OuterProduct,
}

impl MethodKind {
    /// Every family, in the order of the search.
    pub const ALL: [Self; 5] = [
        Self::Amp,
        Self::Slic,
        Self::VerticalMac,
        Self::HorizontalMac,
        Self::OuterProduct,
    ];

    /// The vendor's name, as its plans print it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Amp => "AMP",
            Self::Slic => "SLIC",
            Self::VerticalMac => "VMAC",
            Self::HorizontalMac => "HMAC",
            Self::OuterProduct => "OUTER_PRODUCT",
        }
    }
}

impl MethodKind {
    /// What a convolution has to be for this family to compute it, after the planner's rewritings.
    pub const fn requirement(self) -> &'static str {
        match self {
            Self::Amp => "half or float inputs, partial sums at least as wide, and units for both",
            Self::Slic => {
                "half inputs, a stride of 1 or 2 in the innermost dimension, no dilated or padded kernel, and 1, 2 or 4 channels \
                 in a block"
            }
            Self::VerticalMac => "half inputs and one output channel in each group",
            Self::HorizontalMac => "half or float inputs, and partial sums at least as wide",
            Self::OuterProduct => {
                "one input channel, a kernel of one column, no stride, dilation or padding, and partial sums of the inputs' type"
            }
        }
    }
}

impl fmt::Display for MethodKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// How the convolution is rewritten before it is split over tiles (PopLibs `ConvPlan.hpp` `ConvTransform`).
///
/// The transforms apply in the order of the fields; spatial dimensions count from 0, outermost first.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Transforms {
    /// Spatial dimensions whose input dilation is applied to the output instead.
    pub dilate_post_conv: SmallVec<[usize; 3]>,
    /// Inputs and weights exchange their roles; batch and output channels with them.
    pub swap_operands: bool,
    /// Spatial dimensions whose kernel is folded into the input channels.
    pub expand_dims: SmallVec<[usize; 3]>,
    /// Spatial dimensions whose output is folded into the output channels.
    pub out_channel_flatten_dims: SmallVec<[usize; 3]>,
    /// Dimensions flattened into the last of them: 0 is the batch, `d + 1` spatial dimension `d`.
    pub flatten_dims: SmallVec<[usize; 4]>,
    /// Convolution groups packed into one (1: none), with zeros off the diagonal.
    pub combine_conv_groups: u64,
}

impl Default for Transforms {
    fn default() -> Self {
        Self {
            dilate_post_conv: SmallVec::new(),
            swap_operands: false,
            expand_dims: SmallVec::new(),
            out_channel_flatten_dims: SmallVec::new(),
            flatten_dims: SmallVec::new(),
            combine_conv_groups: 1,
        }
    }
}

/// Into how many parts each dimension of the transformed convolution is cut; a split of 1 leaves it whole.
///
/// Parallel splits lie on different tiles, serial splits run one after the other.
/// The order of tiles is conv group, input channel, kernel, batch, field, output channel (innermost)
/// (PopLibs `Convolution.cpp` `linearizeConvIndices`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition {
    /// Parts of the batch.
    pub batch: u64,
    /// Parts of the output field, per spatial dimension.
    pub field: Spatial<u64>,
    /// Output positions that stay together, per spatial dimension.
    pub field_grain: Spatial<u64>,
    /// Parts of the convolution groups (in units of the channel grouping).
    pub conv_group: u64,
    /// Parts of the input channels on different tiles; their partial sums are reduced.
    pub in_channel_parallel: u64,
    /// Parts of the input channels one after the other; partial sums accumulate.
    pub in_channel_serial: u64,
    /// Parts of the output channels on different tiles.
    pub out_channel_parallel: u64,
    /// Parts of the output channels one after the other.
    pub out_channel_serial: u64,
    /// Parts of the kernel, per spatial dimension; their partial sums are reduced. The innermost is never cut.
    pub kernel: Spatial<u64>,
    /// Whether the inputs of all serial output-channel parts are broadcast once before the loop.
    pub broadcast_input_before_loop: bool,
}

impl Partition {
    /// The whole convolution on one tile.
    pub fn whole(spatial_dimensions: usize) -> Self {
        let ones: Spatial<u64> = std::iter::repeat_n(1, spatial_dimensions).collect();
        Self {
            batch: 1,
            field: ones.clone(),
            field_grain: ones.clone(),
            conv_group: 1,
            in_channel_parallel: 1,
            in_channel_serial: 1,
            out_channel_parallel: 1,
            out_channel_serial: 1,
            kernel: ones,
            broadcast_input_before_loop: false,
        }
    }

    /// Tiles that the parallel splits use.
    pub fn tiles(&self) -> u64 {
        self.batch
            * self.field.iter().product::<u64>()
            * self.conv_group
            * self.in_channel_parallel
            * self.out_channel_parallel
            * self.kernel.iter().product::<u64>()
    }

    /// Partial sums of each output on different tiles.
    pub fn reduction_depth(&self) -> u64 {
        self.in_channel_parallel * self.kernel.iter().product::<u64>()
    }

    /// Iterations of the serial loop.
    pub fn serial(&self) -> u64 {
        self.in_channel_serial * self.out_channel_serial
    }

    /// Tiles that hold the same weights.
    pub(super) fn weight_sharers(&self) -> u64 {
        self.batch * self.field.iter().product::<u64>()
    }
}

/// A complete plan of one convolution.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Plan {
    /// Kernel family.
    pub method: Method,
    /// Channels that form the innermost contiguous block of each operand.
    pub grouping: ChannelGrouping,
    /// Type of the partial sums that the kernel writes.
    pub vertex_partials: ElementType,
    /// Rewriting of the convolution.
    pub transforms: Transforms,
    /// Splits of the rewritten convolution.
    pub partition: Partition,
    /// Which pass it is of a joint plan, if it is of one: of a fully connected layer whose three passes are planned as one, so that each
    /// weight stays on its tile (PopLibs `ConvPlanTypes.hpp` `LinearizeTileOrder`).
    ///
    /// The gradients number their tiles as the forward pass does: what one splits as output channels or field, another splits as input
    /// channels.
    pub joint: Option<ConvolutionPass>,
}
