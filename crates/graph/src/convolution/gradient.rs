//! The convolutions of the two backward passes.
//!
//! In one dimension the forward pass is `y[o] = Σ_k x[(o·s + k·d − p) / e] · w[k]` with stride s, kernel dilation d, lower
//! padding p and input dilation e, where x is 0 off its elements. Both gradients are sums over pairs of the same triples
//! (i, o, k), hence convolutions with the roles of x, y and w exchanged.

use tilesim_terms::ConvolutionPass;

use super::{Convolution, dilated};

impl Convolution {
    /// The convolution that computes a pass of this one.
    #[must_use]
    pub fn of_pass(&self, pass: ConvolutionPass) -> Self {
        match pass {
            ConvolutionPass::Forward => self.clone(),
            ConvolutionPass::InputGradient => self.input_gradient(),
            ConvolutionPass::WeightGradient => self.weight_gradient(),
        }
    }

    /// The convolution of the output's gradient with the weights that gives the gradient of the input.
    ///
    /// Channels swap their roles; stride becomes input dilation; the kernel is read backwards; lower padding is
    /// (kernel − 1) × dilation − forward padding, where negative means truncation (PopLibs `ConvUtil.cpp`
    /// `getGradientParams`).
    #[must_use]
    pub fn input_gradient(&self) -> Self {
        let mut gradient = self.clone();
        gradient.in_channels_per_group = self.out_channels_per_group;
        gradient.out_channels_per_group = self.in_channels_per_group;
        gradient.input = self.output();
        gradient.stride.clone_from(&self.input_dilation);
        gradient.input_dilation.clone_from(&self.stride);
        for d in 0..self.dimensions() {
            let reach = dilated(self.kernel[d], self.kernel_dilation[d])
                .saturating_sub(1)
                .cast_signed();
            gradient.padding_lower[d] = reach.saturating_sub(self.padding_lower[d]);
            gradient.flip_kernel[d] = !self.flip_kernel[d];
            gradient.pad_to_output(d, self.input[d]);
        }
        gradient
    }

    /// The convolution of the input with the output's gradient that gives the gradient of the weights.
    ///
    /// Input channels become the batch, the batch becomes the input channels, and the output field becomes the kernel, as
    /// far apart as the forward stride (PopLibs `Convolution.cpp` `getWeightUpdateParams`). The result is
    /// `[C_in / groups, C_out, kernel…]`, of the kernel in the order in which the forward pass reads it.
    #[must_use]
    pub fn weight_gradient(&self) -> Self {
        let mut gradient = self.clone();
        gradient.batch = self.in_channels_per_group;
        gradient.in_channels_per_group = self.batch;
        gradient.kernel = self.output();
        gradient.stride.clone_from(&self.kernel_dilation);
        gradient.kernel_dilation.clone_from(&self.stride);
        for d in 0..self.dimensions() {
            gradient.flip_kernel[d] = false;
            gradient.pad_to_output(d, self.kernel[d]);
        }
        gradient
    }

    /// Chooses the upper padding with which a dimension puts out `output` elements and reads none beyond the last.
    fn pad_to_output(&mut self, d: usize, output: u64) {
        let needed =
            dilated(output, self.stride[d]).saturating_add(dilated(self.kernel[d], self.kernel_dilation[d]));
        let there = dilated(self.input[d], self.input_dilation[d]).cast_signed();
        self.padding_upper[d] = needed
            .cast_signed()
            .saturating_sub(1)
            .saturating_sub(there)
            .saturating_sub(self.padding_lower[d]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_of_a_strided_depthwise_convolution() {
        let forward = Convolution::new(4, 96, 96, &[112, 112], &[3, 3])
            .grouped(96)
            .expect("96 groups")
            .strided(2)
            .same_padded();
        let input = forward.input_gradient();
        assert_eq!(input.input.as_slice(), [56, 56]);
        assert_eq!(input.input_dilation.as_slice(), [2, 2]);
        assert_eq!(input.padding_lower.as_slice(), [2, 2]);
        // 112 + 2 − 111 − 2: the last row has no output that reads it with its last kernel row.
        assert_eq!(input.padding_upper.as_slice(), [1, 1]);
        assert_eq!(input.output(), forward.input);
        let weight = forward.weight_gradient();
        assert_eq!(
            (weight.batch, weight.in_channels_per_group, weight.conv_groups),
            (1, 4, 96)
        );
        assert_eq!(weight.kernel.as_slice(), [56, 56]);
        assert_eq!(weight.output(), forward.kernel);
        assert_eq!(weight.padding_upper.as_slice(), [1, 1]);
    }

    #[test]
    fn an_unread_last_row_is_truncated_for_the_weights_and_padded_for_the_input() {
        // 8 elements, kernel 3, stride 2, no padding: 3 outputs, element 7 is never read.
        let forward = Convolution::new(1, 2, 5, &[8], &[3]).strided(2);
        let input = forward.input_gradient();
        assert_eq!((input.padding_lower[0], input.padding_upper[0]), (2, 3));
        assert_eq!(input.output().as_slice(), [8]);
        let weight = forward.weight_gradient();
        assert_eq!((weight.padding_lower[0], weight.padding_upper[0]), (0, -1));
        assert_eq!(weight.output().as_slice(), [3]);
    }
}
