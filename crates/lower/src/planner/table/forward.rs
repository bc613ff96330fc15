//! The forward layer that a row describes, and the convolutions of its three passes.

use smallvec::SmallVec;
use tilesim_graph::Convolution;

/// A forward layer.
pub(super) struct Forward {
    pub batch: u64,
    pub conv_groups: u64,
    pub in_channels: u64,
    pub out_channels: u64,
    pub dimensions: Vec<ForwardDimension>,
}

/// One spatial dimension of a forward layer.
#[derive(Clone, Copy)]
pub(super) struct ForwardDimension {
    pub input: u64,
    pub kernel: u64,
    pub stride: u64,
    pub lower: i64,
    pub upper: i64,
}

impl ForwardDimension {
    fn output(&self) -> u64 {
        let span = self.input.cast_signed() + self.lower + self.upper - self.kernel.cast_signed();
        if span < 0 {
            0
        } else {
            span.cast_unsigned() / self.stride + 1
        }
    }

    /// Outputs, as far apart as the inputs that they come from.
    fn dilated_output(&self) -> i64 {
        (self.output().saturating_sub(1) * self.stride + 1).cast_signed()
    }
}

impl Forward {
    /// The forward pass.
    pub(super) fn convolution(&self) -> Convolution {
        let count = self.dimensions.len();
        Convolution {
            batch: self.batch,
            conv_groups: self.conv_groups,
            in_channels_per_group: self.in_channels,
            out_channels_per_group: self.out_channels,
            input: self.dimensions.iter().map(|d| d.input).collect(),
            kernel: self.dimensions.iter().map(|d| d.kernel).collect(),
            stride: self.dimensions.iter().map(|d| d.stride).collect(),
            input_dilation: SmallVec::from_elem(1, count),
            kernel_dilation: SmallVec::from_elem(1, count),
            padding_lower: self.dimensions.iter().map(|d| d.lower).collect(),
            padding_upper: self.dimensions.iter().map(|d| d.upper).collect(),
            flip_kernel: SmallVec::from_elem(false, count),
        }
    }

    /// The gradient of the input (PopLibs `ConvUtil.cpp` `getGradientParams`).
    pub(super) fn input_gradient(&self) -> Convolution {
        let mut gradient = self.convolution();
        gradient.in_channels_per_group = self.out_channels;
        gradient.out_channels_per_group = self.in_channels;
        for (d, forward) in self.dimensions.iter().enumerate() {
            let reach = forward.kernel.cast_signed() - 1;
            gradient.input[d] = forward.output();
            gradient.stride[d] = 1;
            gradient.input_dilation[d] = forward.stride;
            gradient.padding_lower[d] = reach - forward.lower;
            gradient.padding_upper[d] =
                forward.input.cast_signed() + reach - gradient.padding_lower[d] - forward.dilated_output();
            gradient.flip_kernel[d] = true;
        }
        gradient
    }

    /// The gradient of the weights (PopLibs `Convolution.cpp` `getWeightUpdateParams`).
    pub(super) fn weight_gradient(&self) -> Convolution {
        let mut gradient = self.convolution();
        gradient.batch = self.in_channels;
        gradient.in_channels_per_group = self.batch;
        for (d, forward) in self.dimensions.iter().enumerate() {
            gradient.kernel[d] = forward.output();
            gradient.kernel_dilation[d] = forward.stride;
            gradient.stride[d] = 1;
            gradient.padding_upper[d] = forward.kernel.cast_signed() - 1 + forward.dilated_output()
                - forward.input.cast_signed()
                - forward.lower;
        }
        gradient
    }
}
