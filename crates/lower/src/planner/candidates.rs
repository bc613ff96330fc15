//! The discrete choices of the planner: rewritings of a convolution, and the kernels that can compute each.

use smallvec::SmallVec;
use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::convolution::ChannelGrouping;

use super::options::PlanOptions;
use super::plan::{Method, MethodKind, Transforms};
use super::shape::Shape;

/// Rewritings of `convolution` worth trying (PopLibs `ConvPlan.cpp` `getExpandDimsCandidates`,
/// `getOutChanFlattenDimsCandidates`, `getCombineConvGroupCandidates`), with what they make of it.
///
/// Dimensions that can be flattened always are, and dilation that can be deferred is.
pub(super) fn transforms(convolution: &Shape, options: &PlanOptions) -> Vec<(Transforms, Shape)> {
    let dilate_post_conv = convolution.dilate_post_conv_candidates();
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
        ElementType::F16 | ElementType::U8 => (2, [4, 8, 16]),
    };
    if channels <= most
        && convolution.out_channels == channels
        && convolution.conv_groups > 1
        && transforms.expand_dims.is_empty()
        && transforms.out_channel_flatten_dims.is_empty()
        && !options.pass.is_weight_update()
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
    let mut candidates = Vec::new();
    for &kind in &options.methods {
        match kind {
            MethodKind::Amp => amp(machine, options, shape, &mut candidates),
            MethodKind::Slic => slic(machine, options, shape, &mut candidates),
            MethodKind::VerticalMac => vertical_mac(options, &mut candidates),
            MethodKind::HorizontalMac => horizontal_mac(options, shape, &mut candidates),
            MethodKind::OuterProduct => outer_product(machine, options, shape, &mut candidates),
        }
    }
    candidates
}

const fn grouping(conv_groups: u64, in_channels: u64, out_channels: u64) -> ChannelGrouping {
    ChannelGrouping {
        conv_groups,
        in_channels,
        out_channels,
    }
}

fn amp(machine: &Machine, options: &PlanOptions, shape: &Shape, candidates: &mut Vec<Candidate>) {
    let input_type = options.input_type;
    let weights = u64::from(machine.weights_per_conv_unit(input_type));
    let loaded = u64::from(machine.conv_unit_inputs_per_cycle(input_type));
    // The partials type asked for, and the output's own where nothing is left to add up.
    let mut partials: SmallVec<[ElementType; 2]> = SmallVec::from_slice(&[options.partials_type]);
    if input_type < options.partials_type {
        partials.push(input_type);
    }
    for vertex_partials in partials {
        let Some(available) = machine.conv_units_for(input_type, vertex_partials) else {
            continue;
        };
        let mut units: SmallVec<[u32; 2]> = SmallVec::from_slice(&[available]);
        if available > FEWEST_CONV_UNITS {
            units.push(FEWEST_CONV_UNITS);
        }
        for conv_units in units {
            let mut out_channels: SmallVec<[u64; 2]> = SmallVec::from_slice(&[u64::from(conv_units)]);
            if conv_units == available && weights > u64::from(available) {
                out_channels.push(weights);
            }
            for &out_channels in &out_channels {
                let in_channels =
                    (1..=weights).filter(|c| weights.is_multiple_of(*c) && c.is_multiple_of(loaded));
                for in_channels in in_channels {
                    if vertex_partials == options.partials_type || writes_output(shape, in_channels) {
                        candidates.push(Candidate {
                            method: Method::Amp { conv_units },
                            grouping: grouping(1, in_channels, out_channels),
                            vertex_partials,
                        });
                    }
                }
            }
        }
    }
}

/// Convolution units of the smaller variant of every AMP kernel.
const FEWEST_CONV_UNITS: u32 = 8;

/// Whether one pass over the units completes an output, so that nothing is left to add up and the kernel can write the output's
/// type (PopLibs `ConvVertexType.cpp` `getConvVertexAMPCandidates`).
fn writes_output(shape: &Shape, in_channels: u64) -> bool {
    shape.in_channels <= in_channels && shape.kernel_field() == 1
}

fn slic(machine: &Machine, options: &PlanOptions, shape: &Shape, candidates: &mut Vec<Candidate>) {
    const LARGEST_STRIDE: u64 = 2;
    let Some(innermost) = shape.dimensions.last() else {
        return;
    };
    if options.input_type != ElementType::F16
        || options.pass.is_fully_connected()
        || innermost.stride > LARGEST_STRIDE
        || shape
            .dimensions
            .iter()
            .any(|d| d.kernel_dilation > 1 || d.kernel_padding != 0)
    {
        return;
    }
    let half_partials = options.partials_type == ElementType::F16;
    let four_chains = half_partials && machine.conv_units.f16_f16 >= 16;
    let few = [grouping(1, 4, 4), grouping(2, 2, 2), grouping(4, 1, 1)];
    let many = [grouping(8, 1, 1), grouping(16, 1, 1)];
    let groupings = few.iter().chain(if four_chains { &many[..] } else { &[] });
    for &grouping in groupings {
        for conv_chains in if four_chains { &[4, 2][..] } else { &[2] } {
            candidates.push(Candidate {
                method: Method::Slic {
                    conv_chains: *conv_chains,
                },
                grouping,
                vertex_partials: options.partials_type,
            });
        }
    }
}

fn vertical_mac(options: &PlanOptions, candidates: &mut Vec<Candidate>) {
    if options.input_type != ElementType::F16 {
        return;
    }
    let conv_groups: &[u64] = if options.partials_type == ElementType::F16 {
        &[4, 8, 16]
    } else {
        &[4]
    };
    candidates.extend(conv_groups.iter().map(|&conv_groups| Candidate {
        method: Method::VerticalMac,
        grouping: grouping(conv_groups, 1, 1),
        vertex_partials: options.partials_type,
    }));
}

fn horizontal_mac(options: &PlanOptions, shape: &Shape, candidates: &mut Vec<Candidate>) {
    let step = if options.input_type == ElementType::F32 {
        1
    } else {
        2
    };
    let out_channels = if options.partials_type == ElementType::F32 {
        1
    } else {
        2
    };
    let steps = shape.in_channels.div_ceil(step);
    // Larger blocks that do not save a block only add padding.
    for blocks in super::splits::distinct_splits(steps, 1, steps) {
        candidates.push(Candidate {
            method: Method::HorizontalMac,
            grouping: grouping(1, steps.div_ceil(blocks) * step, out_channels),
            vertex_partials: options.partials_type,
        });
    }
}

fn outer_product(machine: &Machine, options: &PlanOptions, shape: &Shape, candidates: &mut Vec<Candidate>) {
    let pointwise = shape.dimensions.iter().all(|d| {
        d.stride == 1
            && d.input_dilation == 1
            && d.kernel_dilation == 1
            && d.input_padding == 0
            && d.kernel_padding == 0
    });
    if !pointwise || shape.dimensions.last().is_none_or(|d| d.kernel > 1) {
        return;
    }
    candidates.push(Candidate {
        method: Method::OuterProduct,
        grouping: grouping(1, 1, machine.vector_width(options.input_type)),
        vertex_partials: options.input_type,
    });
}
