//! Everything about a plan but its partition: what stays the same while the splits are searched.

use tilesim_codelets::Count;
use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::convolution::ChannelGrouping;
use tilesim_terms::ConvolutionPass;

use super::candidates::Candidate;
use super::cost::rearrangement::Rearrangements;
use super::error::PlanError;
use super::options::PlanOptions;
use super::plan::{Method, Plan, SLIC_WINDOW, Transforms};
use super::shape::{Dimension, Shape};
use super::sizes::{MAX_DIMENSIONS, Sizes};

/// What is planned for: a machine, under options, in the cycles of one count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    pub machine: &'a Machine,
    pub options: &'a PlanOptions,
    pub count: Count,
}

/// A convolution and what transforms make of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Transformed<'a, 'b> {
    pub convolution: &'b Shape,
    pub transforms: &'b Transforms,
    /// The transformed convolution.
    pub shape: &'a Shape,
}

/// A transformed convolution, the kernel that computes it, and what follows from both.
#[derive(Debug, Clone)]
pub(super) struct Setting<'a> {
    pub machine: &'a Machine,
    pub options: &'a PlanOptions,
    pub count: Count,
    pub method: Method,
    pub grouping: ChannelGrouping,
    pub vertex_partials: ElementType,
    /// Which pass of a joint plan this is.
    pub joint: Option<ConvolutionPass>,
    /// The transformed convolution.
    pub shape: &'a Shape,
    /// Its output per spatial dimension.
    pub output: Sizes,
    /// Blocks of `grouping.conv_groups` groups.
    pub conv_group_grains: u64,
    /// Blocks of `grouping.in_channels` channels.
    pub in_channel_grains: u64,
    /// Blocks of `grouping.out_channels` channels.
    pub out_channel_grains: u64,
    /// Groups of the convolution that are combined into one of the shape.
    pub combined_groups: u64,
    /// What has to be rearranged before and after the convolution.
    pub rearrangements: Rearrangements,
}

impl<'a> Setting<'a> {
    /// The setting of a transformed convolution and a kernel.
    pub(super) fn new(
        terms: Terms<'a>,
        transformed: Transformed<'a, '_>,
        kernel: Candidate,
        joint: Option<ConvolutionPass>,
    ) -> Result<Self, PlanError> {
        let Terms {
            machine,
            options,
            count,
        } = terms;
        let shape = transformed.shape;
        let Candidate {
            method,
            grouping,
            vertex_partials,
        } = kernel;
        for (what, value) in [
            ("conv_groups_per_group", grouping.conv_groups),
            ("in_channels_per_group", grouping.in_channels),
            ("out_channels_per_group", grouping.out_channels),
        ] {
            if value == 0 {
                return Err(PlanError::ZeroSize { what });
            }
        }
        let dimensions = shape.dimensions.len();
        let mut output = [1; MAX_DIMENSIONS];
        for (d, dimension) in shape.dimensions.iter().enumerate() {
            output[d] = dimension.output();
        }
        if output[..dimensions].contains(&0)
            || [
                shape.batch,
                shape.conv_groups,
                shape.in_channels,
                shape.out_channels,
            ]
            .contains(&0)
        {
            return Err(PlanError::EmptyConvolution);
        }
        let conv_group_grains = shape.conv_groups.div_ceil(grouping.conv_groups);
        let in_channel_grains = shape.in_channels.div_ceil(grouping.in_channels);
        let out_channel_grains = shape.out_channels.div_ceil(grouping.out_channels);
        check_work(
            shape,
            &output[..dimensions],
            [
                conv_group_grains * grouping.conv_groups,
                in_channel_grains * grouping.in_channels,
                out_channel_grains * grouping.out_channels,
            ],
            in_channel_grains.max(out_channel_grains),
        )?;
        let rearrangements = Rearrangements::new(terms, transformed, grouping, joint);
        Ok(Self {
            machine,
            options,
            count,
            method,
            grouping,
            vertex_partials,
            joint,
            shape,
            output,
            conv_group_grains,
            in_channel_grains,
            out_channel_grains,
            combined_groups: transformed.transforms.combine_conv_groups,
            rearrangements,
        })
    }
}

/// Checks that every product which costs and bounds are made of fits their counters: multiply-accumulates, and the elements that a
/// loop of the most `iterations` moves when each of them rearranges all operands, or writes out padding and dilation of its inputs. A kernel takes less than 32 cycles a
/// multiply-accumulate, a rearrangement less than 32 cycles or bytes an element, so that both stay below 2^63; done once for a setting,
/// this spares the search from checking every product.
///
/// `channels` are groups, input channels and output channels, padded to whole blocks.
fn check_work(shape: &Shape, output: &[u64], channels: [u64; 3], iterations: u64) -> Result<(), PlanError> {
    const MOST: u32 = 58;
    let product = |factors: &[u64]| {
        let factors = factors.iter().map(|&factor| u128::from(factor));
        factors.fold(1, u128::saturating_mul)
    };
    let sizes = |size: fn(&Dimension) -> u64| {
        let sizes = shape.dimensions.iter().map(|d| u128::from(size(d)));
        sizes.fold(1, u128::saturating_mul)
    };
    let (inputs, kernel, outputs) = (sizes(|d| d.input), sizes(|d| d.kernel), product(output));
    let [groups, in_channels, out_channels] = channels;
    let pairs = product(&[groups, in_channels, out_channels]);
    let batch_outputs = outputs.saturating_mul(shape.batch.into());
    let multiply_accumulates = batch_outputs.saturating_mul(kernel).saturating_mul(pairs);
    let written_out = shape
        .dimensions
        .iter()
        .zip(output)
        .fold(1, |field, (dimension, &output)| {
            let window = u128::from(output) + u128::from(SLIC_WINDOW * dimension.kernel_dilation);
            let padding = u128::from(dimension.input_padding.unsigned_abs());
            (window * u128::from(dimension.input_dilation) + padding).saturating_mul(field)
        });
    let elements = inputs
        .max(written_out)
        .saturating_mul(product(&[shape.batch, groups, in_channels]))
        .saturating_add(kernel.saturating_mul(pairs))
        .saturating_add(batch_outputs.saturating_mul(product(&[groups, out_channels])));
    let work = multiply_accumulates.max(elements.saturating_mul(iterations.into()));
    if work >= 1 << MOST {
        Err(PlanError::TooMuchWork {
            work: work.ilog2(),
            most: MOST,
        })
    } else {
        Ok(())
    }
}

impl<'a> Setting<'a> {
    /// The setting of `plan` for `convolution`, which its transforms make `shape`.
    pub(super) fn of(
        terms: Terms<'a>,
        convolution: &Shape,
        shape: &'a Shape,
        plan: &Plan,
    ) -> Result<Self, PlanError> {
        let kernel = Candidate {
            method: plan.method,
            grouping: plan.grouping,
            vertex_partials: plan.vertex_partials,
        };
        let transformed = Transformed {
            convolution,
            transforms: &plan.transforms,
            shape,
        };
        Self::new(terms, transformed, kernel, plan.joint)
    }
}

impl Setting<'_> {
    /// Type of the partial sums that cross tiles: by the vendor's count a kernel that writes floats may be asked to send halves; as
    /// lowered it sends what it writes.
    pub(super) fn exchanged_partials(&self) -> ElementType {
        match self.count {
            Count::Vendor => self.vertex_partials.min(self.options.partials_type),
            Count::Machine => self.vertex_partials,
        }
    }
}

/// What `transforms` make of `convolution`.
///
/// # Errors
/// When they name dimensions that it does not have, or combine no groups.
pub(super) fn transformed(convolution: &Shape, transforms: &Transforms) -> Result<Shape, PlanError> {
    let dimensions = convolution.dimensions.len();
    let spatial = transforms
        .expand_dims
        .iter()
        .chain(&transforms.out_channel_flatten_dims)
        .chain(&transforms.dilate_post_conv)
        .map(|&d| d + 1);
    let mut named = spatial.chain(transforms.flatten_dims.iter().copied());
    if let Some(dimension) = named.find(|&d| d > dimensions) {
        return Err(PlanError::UnknownDimension {
            dimension,
            dimensions,
        });
    }
    if transforms.combine_conv_groups == 0 {
        return Err(PlanError::ZeroSize {
            what: "combine_conv_groups",
        });
    }
    Ok(convolution.transformed(transforms))
}
