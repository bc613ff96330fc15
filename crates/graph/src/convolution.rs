//! The generalised convolution: one operator for forward, input-gradient and weight-gradient passes.

mod count;
mod error;
mod gradient;

pub use error::ConvolutionError;

use smallvec::SmallVec;

use crate::limits::{MAX_ELEMENTS, MAX_MACS, checked_product};

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

impl Convolution {
    /// A dense convolution of one group with stride 1, without dilation or padding, over the fields of `input`.
    pub fn new(batch: u64, in_channels: u64, out_channels: u64, input: &[u64], kernel: &[u64]) -> Self {
        let dimensions = input.len();
        Self {
            batch,
            conv_groups: 1,
            in_channels_per_group: in_channels,
            out_channels_per_group: out_channels,
            input: SmallVec::from_slice(input),
            kernel: SmallVec::from_slice(kernel),
            stride: SmallVec::from_elem(1, dimensions),
            input_dilation: SmallVec::from_elem(1, dimensions),
            kernel_dilation: SmallVec::from_elem(1, dimensions),
            padding_lower: SmallVec::from_elem(0, dimensions),
            padding_upper: SmallVec::from_elem(0, dimensions),
            flip_kernel: SmallVec::from_elem(false, dimensions),
        }
    }

    /// The same with the channels cut into `groups` groups, or `None` where a group would have a broken number.
    #[must_use]
    pub fn grouped(mut self, groups: u64) -> Option<Self> {
        let (inputs, outputs) = (self.in_channels(), self.out_channels());
        if groups == 0 || !inputs.is_multiple_of(groups) || !outputs.is_multiple_of(groups) {
            return None;
        }
        self.conv_groups = groups;
        self.in_channels_per_group = inputs / groups;
        self.out_channels_per_group = outputs / groups;
        Some(self)
    }

    /// The same with a stride in every dimension.
    #[must_use]
    pub fn strided(mut self, stride: u64) -> Self {
        self.stride = SmallVec::from_elem(stride, self.input.len());
        self
    }

    /// The same with as many zeros before as after each dimension.
    #[must_use]
    pub fn padded(mut self, padding: u64) -> Self {
        let padding = i64::try_from(padding).unwrap_or(i64::MAX);
        self.padding_lower = SmallVec::from_elem(padding, self.input.len());
        self.padding_upper.clone_from(&self.padding_lower);
        self
    }

    /// The same with `TensorFlow`'s `SAME` padding: output = ceil(input / stride), the smaller half before.
    #[must_use]
    pub fn same_padded(mut self) -> Self {
        for d in 0..self.input.len().min(self.kernel.len()) {
            let stride = self.stride[d].max(1);
            let reach = self.input[d]
                .div_ceil(stride)
                .saturating_sub(1)
                .saturating_mul(stride)
                .saturating_add(dilated(self.kernel[d], self.kernel_dilation[d]));
            let padding = reach.saturating_sub(self.input[d]);
            self.padding_lower[d] = i64::try_from(padding / 2).unwrap_or(i64::MAX);
            self.padding_upper[d] = i64::try_from(padding.div_ceil(2)).unwrap_or(i64::MAX);
        }
        self
    }

    /// Number of spatial dimensions.
    pub fn dimensions(&self) -> usize {
        self.input.len()
    }

    /// Input channels of all groups.
    pub fn in_channels(&self) -> u64 {
        self.conv_groups.saturating_mul(self.in_channels_per_group)
    }

    /// Output channels of all groups.
    pub fn out_channels(&self) -> u64 {
        self.conv_groups.saturating_mul(self.out_channels_per_group)
    }

    /// Output size per spatial dimension; 0 where the kernel does not fit.
    pub fn output(&self) -> Spatial<u64> {
        (0..self.dimensions()).map(|d| self.output_size(d)).collect()
    }

    /// Whether every kernel is a single element.
    pub fn is_pointwise(&self) -> bool {
        self.kernel.iter().all(|&size| size == 1)
    }

    /// Elements of the input.
    pub fn in_elements(&self) -> u64 {
        saturating_product([self.batch, self.in_channels()].iter().chain(&self.input))
    }

    /// Elements of the output.
    pub fn out_elements(&self) -> u64 {
        saturating_product([self.batch, self.out_channels()].iter().chain(&self.output()))
    }

    /// Elements of the weights.
    pub fn weight_elements(&self) -> u64 {
        saturating_product(
            [self.in_channels_per_group, self.out_channels()]
                .iter()
                .chain(&self.kernel),
        )
    }

    /// Shape of the input, `[N, C_in, …]`.
    pub fn input_shape(&self) -> Vec<u64> {
        [self.batch, self.in_channels()]
            .iter()
            .chain(&self.input)
            .copied()
            .collect()
    }

    /// Shape of the weights, `[C_out, C_in / groups, …]`.
    pub fn weight_shape(&self) -> Vec<u64> {
        [self.out_channels(), self.in_channels_per_group]
            .iter()
            .chain(&self.kernel)
            .copied()
            .collect()
    }

    /// Shape of the output, `[N, C_out, …]`.
    pub fn output_shape(&self) -> Vec<u64> {
        [self.batch, self.out_channels()]
            .iter()
            .chain(&self.output())
            .copied()
            .collect()
    }

    /// Checks that every size is positive, that the kernel fits the padded input and that nothing is too large to count.
    ///
    /// # Errors
    ///
    /// The first of these that does not hold.
    pub fn validate(&self) -> Result<(), ConvolutionError> {
        self.check_ranks()?;
        self.check_positive()?;
        for d in 0..self.dimensions() {
            let limit = MAX_ELEMENTS.cast_signed();
            for padding in [self.padding_lower[d], self.padding_upper[d]] {
                if padding.abs() > limit {
                    return Err(ConvolutionError::TooLarge {
                        what: "padding",
                        limit: MAX_ELEMENTS,
                    });
                }
            }
            for (size, dilation) in [
                (self.input[d], self.input_dilation[d]),
                (self.kernel[d], self.kernel_dilation[d]),
            ] {
                if size.checked_mul(dilation).is_none_or(|size| size > MAX_ELEMENTS) {
                    return Err(ConvolutionError::TooLarge {
                        what: "dilated size",
                        limit: MAX_ELEMENTS,
                    });
                }
            }
            if self.output_size(d) == 0 {
                return Err(ConvolutionError::KernelDoesNotFit {
                    dimension: d,
                    padded_input: self.padded_input(d),
                    kernel: dilated(self.kernel[d], self.kernel_dilation[d]),
                });
            }
        }
        for (what, shape) in [
            ("input", self.input_shape()),
            ("weights", self.weight_shape()),
            ("output", self.output_shape()),
        ] {
            checked_product(&shape, MAX_ELEMENTS).ok_or(ConvolutionError::TooLarge {
                what,
                limit: MAX_ELEMENTS,
            })?;
        }
        let factors: Vec<u64> = self
            .output_shape()
            .into_iter()
            .chain(self.weight_shape().into_iter().skip(1))
            .collect();
        checked_product(&factors, MAX_MACS).ok_or(ConvolutionError::TooLarge {
            what: "multiply-accumulates",
            limit: MAX_MACS,
        })?;
        Ok(())
    }

    fn check_ranks(&self) -> Result<(), ConvolutionError> {
        let expected = self.dimensions();
        for (what, got) in [
            ("kernel", self.kernel.len()),
            ("stride", self.stride.len()),
            ("input dilation", self.input_dilation.len()),
            ("kernel dilation", self.kernel_dilation.len()),
            ("lower padding", self.padding_lower.len()),
            ("upper padding", self.padding_upper.len()),
            ("kernel flips", self.flip_kernel.len()),
        ] {
            if got != expected {
                return Err(ConvolutionError::Rank { what, expected, got });
            }
        }
        Ok(())
    }

    fn check_positive(&self) -> Result<(), ConvolutionError> {
        let scalars: [(&'static str, &[u64]); 9] = [
            ("batch", &[self.batch]),
            ("convolution groups", &[self.conv_groups]),
            ("input channels per group", &[self.in_channels_per_group]),
            ("output channels per group", &[self.out_channels_per_group]),
            ("input size", &self.input),
            ("kernel size", &self.kernel),
            ("stride", &self.stride),
            ("input dilation", &self.input_dilation),
            ("kernel dilation", &self.kernel_dilation),
        ];
        match scalars.iter().find(|(_, values)| values.contains(&0)) {
            Some(&(what, _)) => Err(ConvolutionError::Zero { what }),
            None => Ok(()),
        }
    }

    /// Dilated and padded input size of a dimension; negative where truncation takes more than there is.
    fn padded_input(&self, d: usize) -> i64 {
        dilated(self.input[d], self.input_dilation[d])
            .cast_signed()
            .saturating_add(self.padding_lower[d])
            .saturating_add(self.padding_upper[d])
    }

    fn output_size(&self, d: usize) -> u64 {
        let kernel = dilated(self.kernel[d], self.kernel_dilation[d]).cast_signed();
        match self.padded_input(d).checked_sub(kernel) {
            Some(span) if span >= 0 => span.cast_unsigned() / self.stride[d].max(1) + 1,
            _ => 0,
        }
    }
}

/// Extent of `size` elements that stand `dilation` apart.
fn dilated(size: u64, dilation: u64) -> u64 {
    if size == 0 {
        0
    } else {
        (size - 1).saturating_mul(dilation).saturating_add(1)
    }
}

fn saturating_product<'a>(factors: impl IntoIterator<Item = &'a u64>) -> u64 {
    factors
        .into_iter()
        .fold(1, |product, &factor| product.saturating_mul(factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stem() -> Convolution {
        Convolution::new(1, 3, 32, &[224, 224], &[3, 3])
            .strided(2)
            .same_padded()
    }

    #[test]
    fn same_padding_puts_the_smaller_half_before() {
        let stem = stem();
        assert_eq!(stem.padding_lower.as_slice(), [0, 0]);
        assert_eq!(stem.padding_upper.as_slice(), [1, 1]);
        assert_eq!(stem.output().as_slice(), [112, 112]);
        assert_eq!(stem.macs(), 10_838_016);
        assert_eq!(stem.weight_elements(), 864);
    }

    #[test]
    fn groups_divide_macs_and_weights() {
        let dense = Convolution::new(2, 32, 64, &[7, 7], &[3, 3]).same_padded();
        let grouped = dense.clone().grouped(4).expect("4 divides 32 and 64");
        assert_eq!(grouped.macs() * 4, dense.macs());
        assert_eq!(grouped.weight_elements() * 4, dense.weight_elements());
        assert_eq!(grouped.out_elements(), dense.out_elements());
        assert_eq!(dense.clone().grouped(3), None);
        assert_eq!(dense.grouped(0), None);
    }

    #[test]
    fn truncation_makes_the_output_smaller() {
        let mut convolution = Convolution::new(1, 1, 1, &[10], &[3]);
        convolution.padding_lower[0] = -2;
        convolution.padding_upper[0] = -1;
        assert_eq!(convolution.output().as_slice(), [5]);
        assert_eq!(convolution.macs_without_padding(), 15);
    }

    #[test]
    fn mistakes_are_named() {
        let mut convolution = Convolution::new(1, 1, 1, &[2], &[3]);
        assert_eq!(
            convolution.validate(),
            Err(ConvolutionError::KernelDoesNotFit {
                dimension: 0,
                padded_input: 2,
                kernel: 3
            })
        );
        convolution.stride[0] = 0;
        assert_eq!(
            convolution.validate(),
            Err(ConvolutionError::Zero { what: "stride" })
        );
        convolution.stride.push(1);
        assert_eq!(
            convolution.validate(),
            Err(ConvolutionError::Rank {
                what: "stride",
                expected: 1,
                got: 2
            })
        );
        let huge = Convolution::new(u64::MAX, 3, 32, &[224, 224], &[3, 3]);
        assert!(matches!(huge.validate(), Err(ConvolutionError::TooLarge { .. })));
    }
}
