//! A convolution as the planner transforms it: every spatial dimension with its own padding of input and kernel.

use smallvec::SmallVec;
use tilesim_graph::Convolution;

use super::error::PlanError;
use super::plan::Transforms;
use super::sizes::MAX_DIMENSIONS;

/// One spatial dimension of a (transformed) convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dimension {
    /// Input elements.
    pub input: u64,
    /// Kernel elements.
    pub kernel: u64,
    /// Output stride.
    pub stride: u64,
    /// Input dilation.
    pub input_dilation: u64,
    /// Kernel dilation.
    pub kernel_dilation: u64,
    /// Zeros around the input, lower and upper together (negative: truncated).
    pub input_padding: i64,
    /// Zeros around the kernel, lower and upper together; only a swap of operands makes them.
    pub kernel_padding: i64,
}

impl Dimension {
    /// A dimension that a transform has emptied.
    const UNIT: Self = Self {
        input: 1,
        kernel: 1,
        stride: 1,
        input_dilation: 1,
        kernel_dilation: 1,
        input_padding: 0,
        kernel_padding: 0,
    };

    fn transformed_input(&self) -> i64 {
        dilated(self.input, self.input_dilation) + self.input_padding
    }

    fn transformed_kernel(&self) -> i64 {
        dilated(self.kernel, self.kernel_dilation) + self.kernel_padding
    }

    /// Output elements; 0 where the kernel does not fit.
    pub(super) fn output(&self) -> u64 {
        let span = self.transformed_input() - self.transformed_kernel();
        if span < 0 {
            0
        } else {
            span as u64 / self.stride + 1
        }
    }

    /// Whether one output element depends on one input element at the same place.
    pub(super) fn is_pointwise(&self) -> bool {
        self.kernel == 1
            && self.stride == 1
            && self.input_dilation == 1
            && self.input_padding == 0
            && self.kernel_padding == 0
    }

    /// Input elements that `output` outputs read through `kernel` kernel elements, at most
    /// (PopLibs `ConvUtil.cpp` `getMaxInputRangeSize`).
    pub(super) fn input_range(&self, output: u64, kernel: u64) -> u64 {
        if output == 0 || kernel == 0 {
            return 0;
        }
        let span = (output - 1) * self.stride + 1 + (kernel - 1) * self.kernel_dilation;
        span.div_ceil(self.input_dilation).min(self.input)
    }

    fn swapped(&self) -> Self {
        let overhang = self.transformed_input() - self.transformed_kernel();
        Self {
            input: self.kernel,
            kernel: self.input,
            stride: self.stride,
            input_dilation: self.kernel_dilation,
            kernel_dilation: self.input_dilation,
            input_padding: self.kernel_padding + 2 * overhang,
            kernel_padding: self.input_padding,
        }
    }
}

fn dilated(size: u64, dilation: u64) -> i64 {
    if size == 0 {
        0
    } else {
        ((size - 1) * dilation + 1).cast_signed()
    }
}

/// No size is zero, and no rewriting makes a size that its counter does not hold.
///
/// A rewriting moves sizes between batch, channels and field, each dimension's kernel, input or output once, so that none becomes
/// larger than the product of batch, groups and channels with what each dimension spans: its longest side, dilated and padded. What
/// the costs of a rewritten convolution multiply beyond that is checked for each (`setting::check_work`).
fn check_sizes(convolution: &Convolution) -> Result<(), PlanError> {
    /// Packing groups and rounding up to whole blocks take the bits between this and 64.
    const LARGEST_PRODUCT: u128 = 1 << 56;
    let channels = [
        convolution.batch,
        convolution.conv_groups,
        convolution.in_channels_per_group,
        convolution.out_channels_per_group,
    ];
    let mut product: u128 = 1;
    for size in channels {
        product = product.saturating_mul(size.into());
    }
    for d in 0..convolution.input.len() {
        let sides = [
            (convolution.input[d], convolution.input_dilation[d]),
            (convolution.kernel[d], convolution.kernel_dilation[d]),
        ];
        let padding = u128::from(convolution.padding_lower[d].unsigned_abs())
            + u128::from(convolution.padding_upper[d].unsigned_abs());
        let [input, kernel] = sides.map(|(size, dilation)| u128::from(size) * u128::from(dilation));
        let longest = input.max(kernel).saturating_add(padding);
        let span = longest.max(convolution.stride[d].into());
        if input == 0 || kernel == 0 || convolution.stride[d] == 0 {
            return Err(PlanError::EmptyConvolution);
        }
        product = product.saturating_mul(span);
    }
    if product == 0 {
        Err(PlanError::EmptyConvolution)
    } else if product > LARGEST_PRODUCT {
        Err(PlanError::TooLarge)
    } else {
        Ok(())
    }
}

/// A convolution under the planner's transforms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    /// Batch elements.
    pub batch: u64,
    /// Convolution groups.
    pub conv_groups: u64,
    /// Input channels of one group.
    pub in_channels: u64,
    /// Output channels of one group.
    pub out_channels: u64,
    /// Spatial dimensions, outermost first.
    pub dimensions: SmallVec<[Dimension; 3]>,
}

impl Shape {
    /// The untransformed convolution.
    ///
    /// # Errors
    /// When its sizes disagree, are zero or are beyond what counters of cycles and bytes hold.
    pub(super) fn new(convolution: &Convolution) -> Result<Self, PlanError> {
        let dimensions = convolution.input.len();
        if dimensions == 0 || dimensions > MAX_DIMENSIONS {
            return Err(PlanError::Dimensions {
                dimensions,
                supported: MAX_DIMENSIONS,
            });
        }
        let lengths = [
            convolution.kernel.len(),
            convolution.stride.len(),
            convolution.input_dilation.len(),
            convolution.kernel_dilation.len(),
            convolution.padding_lower.len(),
            convolution.padding_upper.len(),
        ];
        if lengths.iter().any(|&length| length != dimensions) {
            return Err(PlanError::UnequalDimensions { dimensions });
        }
        check_sizes(convolution)?;
        let dimensions = (0..dimensions)
            .map(|d| Dimension {
                input: convolution.input[d],
                kernel: convolution.kernel[d],
                stride: convolution.stride[d],
                input_dilation: convolution.input_dilation[d],
                kernel_dilation: convolution.kernel_dilation[d],
                input_padding: convolution.padding_lower[d] + convolution.padding_upper[d],
                kernel_padding: 0,
            })
            .collect();
        Ok(Self {
            batch: convolution.batch,
            conv_groups: convolution.conv_groups,
            in_channels: convolution.in_channels_per_group,
            out_channels: convolution.out_channels_per_group,
            dimensions,
        })
    }

    /// The dimensions whose input dilation can be moved behind the convolution (PopLibs `getDilatePostConvDims`): a kernel of
    /// one element multiplies the zeros between inputs to zeros between outputs.
    pub(super) fn dilate_post_conv_candidates(&self) -> SmallVec<[usize; 3]> {
        (0..self.dimensions.len())
            .filter(|&d| {
                let dimension = &self.dimensions[d];
                dimension.kernel == 1 && dimension.input_dilation > 1 && dimension.stride == 1
            })
            .collect()
    }

    /// Applies `transforms` in the vendor's order (PopLibs `ConvPlan.cpp` `createPlan`): post-convolution dilation, swap,
    /// expansion, flattening into output channels, flattening of the field, combination of groups.
    pub(super) fn transformed(&self, transforms: &Transforms) -> Self {
        let mut shape = self.clone();
        for &d in &transforms.dilate_post_conv {
            shape.dimensions[d].input_dilation = 1;
            shape.dimensions[d].input_padding = 0;
        }
        if transforms.swap_operands {
            shape.swap_operands();
        }
        for &d in &transforms.expand_dims {
            shape.expand(d);
        }
        for &d in &transforms.out_channel_flatten_dims {
            shape.flatten_into_out_channels(d);
        }
        shape.flatten(&transforms.flatten_dims);
        shape.combine_conv_groups(transforms.combine_conv_groups);
        shape
    }

    /// Weights become the input and inputs the kernel; the batch becomes the output channels.
    pub(super) fn swap_operands(&mut self) {
        std::mem::swap(&mut self.batch, &mut self.out_channels);
        for dimension in &mut self.dimensions {
            *dimension = dimension.swapped();
        }
    }

    /// Folds the kernel of dimension `d` into the input channels.
    pub(super) fn expand(&mut self, d: usize) {
        let dimension = self.dimensions[d];
        self.in_channels *= dimension.kernel;
        self.dimensions[d] = Dimension {
            input: dimension.output(),
            ..Dimension::UNIT
        };
    }

    /// Folds the input of dimension `d` into the input channels and its output into the output channels.
    pub(super) fn flatten_into_out_channels(&mut self, d: usize) {
        let dimension = self.dimensions[d];
        self.in_channels *= dimension.input;
        self.out_channels *= dimension.output();
        self.dimensions[d] = Dimension::UNIT;
    }

    /// The batch (index 0) and spatial dimensions (index + 1) that can be flattened into one; empty where fewer than two can.
    pub(super) fn flatten_candidates(&self) -> SmallVec<[usize; 4]> {
        let mut dims: SmallVec<[usize; 4]> = SmallVec::new();
        dims.push(0);
        dims.extend(
            (0..self.dimensions.len())
                .filter(|&d| self.dimensions[d].is_pointwise())
                .map(|d| d + 1),
        );
        if dims.len() < 2 {
            dims.clear();
        }
        dims
    }

    /// Flattens the given dimensions (as [`Self::flatten_candidates`] numbers them) into the last of them.
    pub(super) fn flatten(&mut self, dims: &[usize]) {
        let Some(&last) = dims.last().filter(|_| dims.len() > 1) else {
            return;
        };
        let mut size = 1;
        for &dim in dims {
            let extent = if dim == 0 {
                &mut self.batch
            } else {
                &mut self.dimensions[dim - 1].input
            };
            size *= std::mem::replace(extent, 1);
        }
        if last == 0 {
            self.batch = size;
        } else {
            self.dimensions[last - 1].input = size;
        }
    }

    /// Packs `factor` groups into one, block diagonally.
    pub(super) fn combine_conv_groups(&mut self, factor: u64) {
        if factor > 1 {
            self.conv_groups = self.conv_groups.div_ceil(factor);
            self.in_channels *= factor;
            self.out_channels *= factor;
        }
    }

    /// Input elements of one channel and batch element.
    pub(super) fn input_field(&self) -> u64 {
        self.dimensions.iter().map(|d| d.input).product()
    }

    /// Kernel elements of one channel pair.
    pub(super) fn kernel_field(&self) -> u64 {
        self.dimensions.iter().map(|d| d.kernel).product()
    }

    /// Output elements of one channel and batch element.
    pub(super) fn output_field(&self) -> u64 {
        self.dimensions.iter().map(Dimension::output).product()
    }
}
