//! The discrete choices of the planner: rewritings of a convolution, and the kernels that can compute each.

use std::cmp::Ordering;

use smallvec::SmallVec;
use tilesim_codelets::convolution::{self, candidates};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::convolution::{ChannelGrouping, ConvolutionKernel};
use tilesim_terms::{ConvolutionPass, VerticalMacKernel};

use super::options::{PlanOptions, TransformScope};
use super::plan::{Method, Transforms};
use super::shape::Shape;

/// Rewritings of `convolution` worth trying (PopLibs `ConvPlan.cpp` `getExpandDimsCandidates`,
/// `getOutChanFlattenDimsCandidates`, `getCombineConvGroupCandidates`), with what they make of it.
///
/// Dimensions that can be flattened always are, and dilation that can be deferred is where the scope has that.
pub(super) fn transforms(convolution: &Shape, options: &PlanOptions) -> Vec<(Transforms, Shape)> {
    let dilate_post_conv = match options.transforms {
        TransformScope::All => convolution.dilate_post_conv_candidates(),
        TransformScope::Lowered => SmallVec::new(),
    };
    let mut candidates = Vec::new();
    for swap_operands in [false, true] {
        let base = Transforms {
            dilate_post_conv: dilate_post_conv.clone(),
            swap_operands,
            ..Transforms::default()
        };
        let swapped = convolution.transformed(&base);
        for expand_dims in subsets(expandable(&swapped)) {
            let expanded = Transforms {
                expand_dims,
                ..base.clone()
            };
            let expanded_shape = convolution.transformed(&expanded);
            for out_channel_flatten_dims in subsets(out_channel_flattenable(&expanded_shape)) {
                let mut flattened = Transforms {
                    out_channel_flatten_dims,
                    ..expanded.clone()
                };
                flattened.flatten_dims = convolution.transformed(&flattened).flatten_candidates();
                for combine_conv_groups in combinations(convolution, &flattened, options) {
                    let transforms = Transforms {
                        combine_conv_groups,
                        ..flattened.clone()
                    };
                    let shape = convolution.transformed(&transforms);
                    candidates.push((transforms, shape));
                }
            }
        }
    }
    candidates
}

/// Dimensions that a kernel, a stride or padding keep from being flattened, where the input covers the kernel.
fn expandable(shape: &Shape) -> SmallVec<[usize; 3]> {
    (0..shape.dimensions.len())
        .filter(|&d| {
            let dimension = &shape.dimensions[d];
            !dimension.is_pointwise() && dimension.input >= dimension.kernel
        })
        .collect()
}

fn out_channel_flattenable(shape: &Shape) -> SmallVec<[usize; 3]> {
    (0..shape.dimensions.len())
        .filter(|&d| {
            shape.dimensions[d].kernel > 1 && shape.dimensions[d].input <= shape.dimensions[d].kernel
        })
        .collect()
}

/// Factors by which groups are packed: those that fill 4, 8 or 16 half channels (2, 4 or 8 float channels), where a group has so
/// few that it wastes most of a unit.
fn combinations(convolution: &Shape, transforms: &Transforms, options: &PlanOptions) -> SmallVec<[u64; 4]> {
    let mut factors = SmallVec::from_slice(&[1]);
    let channels = convolution.in_channels;
    let (most, filled): (u64, [u64; 3]) = match options.input_type {
        ElementType::F32 => (1, [2, 4, 8]),
        ElementType::F16 | ElementType::U8 | ElementType::I32 => (2, [4, 8, 16]),
    };
    if channels <= most
        && convolution.out_channels == channels
        && convolution.conv_groups > 1
        && transforms.expand_dims.is_empty()
        && transforms.out_channel_flatten_dims.is_empty()
        && options.purpose.pass != ConvolutionPass::WeightGradient
    {
        factors.extend(filled.iter().map(|f| f / channels).filter(|&f| f > 1));
    }
    factors
}

/// All subsets, the empty one first.
fn subsets(dims: SmallVec<[usize; 3]>) -> impl Iterator<Item = SmallVec<[usize; 3]>> {
    (0..1u32 << dims.len()).map(move |mask| {
        dims.iter()
            .enumerate()
            .filter(|(i, _)| mask & (1 << i) != 0)
            .map(|(_, &d)| d)
            .collect()
    })
}

/// A kernel with its channel grouping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    pub method: Method,
    pub grouping: ChannelGrouping,
    pub vertex_partials: ElementType,
}

/// The kernels that can compute `shape` when its splits are chosen rightly (PopLibs `ConvVertexType.cpp`).
pub(super) fn kernels(machine: &Machine, options: &PlanOptions, shape: &Shape) -> Vec<Candidate> {
    let mut kernels = Vec::new();
    // The partials type asked for, and the output's own where a kernel completes its outputs.
    let output_type = options.input_type;
    let mut types = vec![options.partials_type];
    if output_type < options.partials_type {
        types.push(output_type);
    }
    // The vertical kernel of old releases writes floats whatever is asked for.
    let writes_floats = machine.library.vertical_mac == VerticalMacKernel::FloatPartials;
    if writes_floats && options.partials_type == ElementType::F16 {
        types.push(ElementType::F32);
    }
    for vertex_partials in types {
        let found = candidates(machine, options.input_type, vertex_partials, shape.in_channels);
        kernels.extend(
            found
                .into_iter()
                .filter_map(|convolution::Candidate { kernel, grouping }| {
                    let method = method(kernel);
                    let partials_allowed = match vertex_partials.cmp(&options.partials_type) {
                        Ordering::Less => {
                            method == Method::OuterProduct || writes_output(method, shape, grouping)
                        }
                        Ordering::Equal => true,
                        Ordering::Greater => method == Method::VerticalMac,
                    };
                    let legal = options.methods.contains(&method.kind())
                        && partials_allowed
                        && match method {
                            Method::Slic { .. } => is_slic_shape(shape) && !options.purpose.fully_connected,
                            Method::OuterProduct => is_outer_product_shape(shape),
                            Method::Amp { .. } | Method::VerticalMac | Method::HorizontalMac => true,
                        };
                    legal.then_some(Candidate {
                        method,
                        grouping,
                        vertex_partials,
                    })
                }),
        );
    }
    kernels
}

const fn method(kernel: ConvolutionKernel) -> Method {
    match kernel {
        ConvolutionKernel::Amp1x1 { conv_units } | ConvolutionKernel::AmpNx1 { conv_units } => {
            Method::Amp { conv_units }
        }
        ConvolutionKernel::Slic { conv_chains } => Method::Slic { conv_chains },
        ConvolutionKernel::VerticalMac => Method::VerticalMac,
        ConvolutionKernel::HorizontalMac => Method::HorizontalMac,
        ConvolutionKernel::OuterProduct => Method::OuterProduct,
    }
}

/// Whether one pass over the units completes an output, so that nothing is left to add up and the kernel can write the output's
/// type (PopLibs `ConvVertexType.cpp` `getConvVertexAMPCandidates`).
fn writes_output(method: Method, shape: &Shape, grouping: ChannelGrouping) -> bool {
    matches!(method, Method::Amp { .. })
        && shape.in_channels <= grouping.in_channels
        && shape.kernel_field() == 1
}

/// SLIC holds a dense window, over inputs at a small stride (PopLibs `ConvModel.cpp` `addSLICConstraints`).
fn is_slic_shape(shape: &Shape) -> bool {
    const LARGEST_STRIDE: u64 = 2;
    shape
        .dimensions
        .last()
        .is_some_and(|innermost| innermost.stride <= LARGEST_STRIDE)
        && shape
            .dimensions
            .iter()
            .all(|d| d.kernel_dilation == 1 && d.kernel_padding == 0)
}

/// An outer product has one input for each output (PopLibs `ConvModel.cpp` `addOuterProductConstraints`); kernel rows may
/// still lie on different tiles.
fn is_outer_product_shape(shape: &Shape) -> bool {
    shape
        .dimensions
        .last()
        .is_some_and(|innermost| innermost.kernel == 1)
        && shape.dimensions.iter().all(|d| {
            d.stride == 1
                && d.input_dilation == 1
                && d.kernel_dilation == 1
                && d.input_padding == 0
                && d.kernel_padding == 0
        })
}
