//! The generalised convolution: one operator for forward, input-gradient and weight-gradient passes.

use smallvec::SmallVec;

/// Per spatial dimension values.
pub type Spatial<T> = SmallVec<[T; 3]>;

/// Shape and parameters of a (grouped) convolution over one input and one weight operand.
///
/// For each spatial dimension the input is dilated (`input_dilation` − 1 zeros between elements), then padded; the kernel
/// is dilated; output = floor((dilated, padded input − dilated kernel) / stride) + 1. Negative padding truncates.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Convolution {
    /// Batch size.
    pub batch: u64,
    /// Convolution groups.
    pub conv_groups: u64,
    /// Input channels of one group.
    pub in_channels_per_group: u64,
    /// Output channels of one group.
    pub out_channels_per_group: u64,
    /// Input size per spatial dimension.
    pub input: Spatial<u64>,
    /// Kernel size per spatial dimension.
    pub kernel: Spatial<u64>,
    /// Output stride.
    pub stride: Spatial<u64>,
    /// Distance of neighbouring input elements (1 = dense).
    pub input_dilation: Spatial<u64>,
    /// Distance of neighbouring kernel elements (1 = dense).
    pub kernel_dilation: Spatial<u64>,
    /// Zeros before the first element; negative values cut elements off.
    pub padding_lower: Spatial<i64>,
    /// Zeros after the last element; negative values cut elements off.
    pub padding_upper: Spatial<i64>,
    /// Whether the kernel is read backwards.
    pub flip_kernel: Spatial<bool>,
}
