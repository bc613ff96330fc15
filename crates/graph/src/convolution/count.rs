//! Multiply-accumulates of a convolution.

use super::{Convolution, saturating_product};

impl Convolution {
    /// Multiply-accumulates: batch × output positions × groups × in × out channels per group × kernel positions.
    ///
    /// Products with a zero of the padding count (the convention of Masters et al. 2021, arXiv 2106.03640).
    pub fn macs(&self) -> u64 {
        self.out_elements()
            .saturating_mul(self.in_channels_per_group)
            .saturating_mul(saturating_product(&self.kernel))
    }

    /// Multiply-accumulates whose input is an element, not a zero of padding or input dilation.
    ///
    /// The forward pass and both gradients have the same number.
    pub fn macs_without_padding(&self) -> u64 {
        (0..self.dimensions())
            .map(|d| self.dense_pairs(d))
            .fold(self.batch, u64::saturating_mul)
            .saturating_mul(self.conv_groups)
            .saturating_mul(self.in_channels_per_group)
            .saturating_mul(self.out_channels_per_group)
    }

    /// Pairs of an output and a kernel position that meet an element of the input, in one dimension.
    fn dense_pairs(&self, d: usize) -> u64 {
        let [output, kernel, stride, dilation, kernel_dilation, input] = [
            self.output_size(d),
            self.kernel[d],
            self.stride[d],
            self.input_dilation[d],
            self.kernel_dilation[d],
            self.input[d],
        ]
        .map(|size| i128::from(size.max(1)));
        let lower = i128::from(self.padding_lower[d]);
        if self.output_size(d) == 0 || self.input[d] == 0 || self.kernel[d] == 0 {
            return 0;
        }
        // The output o reads the dilated input at o·stride + k·kernel_dilation − lower; elements stand every `dilation`.
        let period = dilation / greatest_common_divisor(stride, dilation);
        let last_element = (input - 1) * dilation;
        let mut pairs = 0;
        for k in 0..kernel {
            let offset = k * kernel_dilation - lower;
            let first = div_ceil(-offset, stride).max(0);
            let last = (last_element - offset).div_euclid(stride).min(output - 1);
            let on_element =
                (first..first + period).find(|o| (o * stride + offset).rem_euclid(dilation) == 0);
            if let Some(first) = on_element
                && first <= last
            {
                pairs += (last - first) / period + 1;
            }
        }
        u64::try_from(pairs).unwrap_or(u64::MAX)
    }
}

fn greatest_common_divisor(a: i128, b: i128) -> i128 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

fn div_ceil(a: i128, b: i128) -> i128 {
    -(-a).div_euclid(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_counts_only_in_the_paper_s_convention() {
        // Stem and first depthwise convolution of EfficientNet-B0; the counts without padding are those of
        // PopLibs' planner.
        let stem = Convolution::new(1, 3, 32, &[224, 224], &[3, 3])
            .strided(2)
            .same_padded();
        assert_eq!(
            (stem.macs(), stem.macs_without_padding()),
            (10_838_016, 10_773_600)
        );
        let depthwise = Convolution::new(1, 32, 32, &[112, 112], &[3, 3])
            .grouped(32)
            .expect("32 groups")
            .same_padded();
        assert_eq!(
            (depthwise.macs(), depthwise.macs_without_padding()),
            (3_612_672, 3_569_792)
        );
    }

    #[test]
    fn zeros_of_input_dilation_do_not_count() {
        let mut convolution = Convolution::new(1, 1, 1, &[4], &[3]);
        convolution.input_dilation[0] = 2;
        // 7 dilated positions, 5 outputs: kernels meet 2, 1, 2, 1, 2 elements.
        assert_eq!(convolution.output().as_slice(), [5]);
        assert_eq!(convolution.macs_without_padding(), 8);
    }
}
