//! Which convolutions each kernel can compute (PopLibs `ConvVertexType.cpp`, `ConvModel.cpp` `addMethodConstraints`).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::convolution::{ChannelGrouping, ConvolutionKernel, ConvolutionVertex};
use tilesim_terms::VerticalMacKernel;

use super::slic::ALL_CHAINS;

/// Why a kernel cannot compute a convolution.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IllegalKernel {
    /// A size is zero.
    #[error("{what} is 0; expected at least 1")]
    ZeroSize {
        /// Which size.
        what: &'static str,
    },
    /// The spatial dimensions of the fields disagree.
    #[error("{what} has {given} spatial dimensions; expected {expected}, those of the output (at least 1)")]
    Dimensions {
        /// Which field.
        what: &'static str,
        /// Its spatial dimensions.
        given: usize,
        /// Spatial dimensions of the output.
        expected: usize,
    },
    /// More work than one tile's counters hold.
    #[error("{kernel:?} has more than 2^50 multiply-accumulates on one tile")]
    TooLarge {
        /// Kernel.
        kernel: ConvolutionKernel,
    },
    /// The kernel has no variant for these types.
    #[error("{kernel:?} does not take {input:?} inputs with {partials:?} partials; expected {expected}")]
    Types {
        /// Kernel.
        kernel: ConvolutionKernel,
        /// Type of inputs and weights.
        input: ElementType,
        /// Type of partial sums.
        partials: ElementType,
        /// What the kernel takes.
        expected: &'static str,
    },
    /// The kernel has no variant with these units or chains.
    #[error(
        "{kernel:?} cannot run on this machine, which has {available} for these types; expected {expected}"
    )]
    Units {
        /// Kernel.
        kernel: ConvolutionKernel,
        /// Convolution units of the machine for the types.
        available: u32,
        /// What the kernel takes.
        expected: &'static str,
    },
    /// The kernel has no variant for this channel grouping.
    #[error("{kernel:?} does not take {grouping:?}; expected {expected}")]
    Grouping {
        /// Kernel.
        kernel: ConvolutionKernel,
        /// Channel grouping.
        grouping: ChannelGrouping,
        /// What the kernel takes.
        expected: &'static str,
    },
    /// The tile's channels are not what the kernel takes.
    #[error(
        "{kernel:?} does not take {in_channels} input and {out_channels} output channels a group; expected {expected}"
    )]
    Channels {
        /// Kernel.
        kernel: ConvolutionKernel,
        /// Input channels per convolution group.
        in_channels: u64,
        /// Output channels per convolution group.
        out_channels: u64,
        /// What the kernel takes.
        expected: &'static str,
    },
    /// The field or the kernel's elements are not what the kernel takes.
    #[error("{kernel:?} expects {expected}")]
    Field {
        /// Kernel.
        kernel: ConvolutionKernel,
        /// What the kernel takes.
        expected: &'static str,
    },
}

/// Whether `vertex` can run on `machine`, or why not.
///
/// # Errors
/// The first rule that the vertex breaks.
pub fn legality(machine: &Machine, vertex: &ConvolutionVertex) -> Result<(), IllegalKernel> {
    check_sizes(vertex)?;
    match vertex.kernel {
        ConvolutionKernel::Amp1x1 { conv_units } => {
            check_amp(machine, vertex, conv_units)?;
            check_amp_1x1(machine, vertex)
        }
        ConvolutionKernel::AmpNx1 { conv_units } => check_amp(machine, vertex, conv_units),
        ConvolutionKernel::Slic { conv_chains } => check_slic(machine, vertex, conv_chains),
        ConvolutionKernel::VerticalMac => check_vertical_mac(machine, vertex),
        ConvolutionKernel::HorizontalMac => check_horizontal_mac(vertex),
        ConvolutionKernel::OuterProduct => check_outer_product(vertex),
    }
}

/// No size is zero, and the work stays within what cycle counts hold.
fn check_sizes(vertex: &ConvolutionVertex) -> Result<(), IllegalKernel> {
    if is_sound(vertex) {
        return Ok(());
    }
    let given = vertex.grouping;
    let dimensions = vertex.output.len();
    for (what, size) in [
        ("spatial dimensions", dimensions as u64),
        ("batch", vertex.batch),
        ("conv_groups", vertex.conv_groups),
        ("in_channels", vertex.in_channels),
        ("out_channels", vertex.out_channels),
        ("grouping.conv_groups", given.conv_groups),
        ("grouping.in_channels", given.in_channels),
        ("grouping.out_channels", given.out_channels),
    ] {
        if size == 0 {
            return Err(IllegalKernel::ZeroSize { what });
        }
    }
    for (what, sizes) in [
        ("output", &vertex.output),
        ("kernel_size", &vertex.kernel_size),
        ("stride", &vertex.stride),
        ("input_dilation", &vertex.input_dilation),
    ] {
        if sizes.len() != dimensions {
            return Err(IllegalKernel::Dimensions {
                what,
                given: sizes.len(),
                expected: dimensions,
            });
        }
        if sizes.contains(&0) {
            return Err(IllegalKernel::ZeroSize { what });
        }
    }
    if padded_macs(vertex) > MACS_MAX {
        return Err(IllegalKernel::TooLarge {
            kernel: vertex.kernel,
        });
    }
    Ok(())
}

/// Most multiply-accumulates of a vertex, padding included: its cycles then stay far below 2^64.
const MACS_MAX: u64 = 1 << 50;

/// Whether a glance tells that [`check_sizes`] finds nothing, as searches ask for very many vertices: no size is zero, and the digits
/// of all sizes tell that [`padded_macs`] stays within [`MACS_MAX`], as a size padded to a block is less than the product of both.
fn is_sound(vertex: &ConvolutionVertex) -> bool {
    let grouping = vertex.grouping;
    let (output, kernel_size) = (vertex.output.as_slice(), vertex.kernel_size.as_slice());
    let (stride, input_dilation) = (vertex.stride.as_slice(), vertex.input_dilation.as_slice());
    let channels = [
        vertex.conv_groups,
        vertex.in_channels,
        vertex.out_channels,
        vertex.batch,
        grouping.conv_groups,
        grouping.in_channels,
        grouping.out_channels,
    ];
    let digits = |size: u64| u64::BITS - size.leading_zeros();
    let mut all_digits = KERNEL_PADDING.ilog2();
    let mut least = u64::MAX;
    for size in channels {
        least = least.min(size);
        all_digits += digits(size);
    }
    let sizes = output.iter().zip(kernel_size).zip(stride).zip(input_dilation);
    for (((&output, &kernel), &stride), &dilation) in sizes {
        least = least.min(output).min(kernel).min(stride).min(dilation);
        all_digits += digits(output) + digits(kernel);
    }
    let dimensions = output.len();
    let lengths = [kernel_size.len(), stride.len(), input_dilation.len()];
    dimensions > 0 && lengths == [dimensions; 3] && least > 0 && all_digits <= MACS_MAX.ilog2()
}

/// Kernel rows and windows are padded by less than this.
const KERNEL_PADDING: u64 = 16;

/// A bound of the multiply-accumulates with all channels, kernel rows and windows padded; saturating.
fn padded_macs(vertex: &ConvolutionVertex) -> u64 {
    let padded = |size: u64, block: u64| size.div_ceil(block).saturating_mul(block);
    let channels = [
        padded(vertex.conv_groups, vertex.grouping.conv_groups),
        padded(vertex.in_channels, vertex.grouping.in_channels),
        padded(vertex.out_channels, vertex.grouping.out_channels),
    ];
    let field = vertex.output.iter().chain(&vertex.kernel_size).copied();
    field
        .chain(channels)
        .chain([vertex.batch])
        .fold(KERNEL_PADDING, u64::saturating_mul)
}

fn check_amp(machine: &Machine, vertex: &ConvolutionVertex, conv_units: u32) -> Result<(), IllegalKernel> {
    let Some(available) = machine.conv_units_for(vertex.input_type, vertex.partials_type) else {
        return Err(types(
            vertex,
            "half or float inputs, and partials at least as wide",
        ));
    };
    if conv_units == 0 || conv_units > available {
        return Err(IllegalKernel::Units {
            kernel: vertex.kernel,
            available,
            expected: "between one unit and those of the machine",
        });
    }
    let weights = u64::from(machine.weights_per_conv_unit(vertex.input_type));
    let loaded = u64::from(machine.conv_unit_inputs_per_cycle(vertex.input_type));
    let grouping = vertex.grouping;
    if grouping.conv_groups != 1
        || !weights.is_multiple_of(grouping.in_channels)
        || !grouping.in_channels.is_multiple_of(loaded)
        || !grouping.out_channels.is_multiple_of(u64::from(conv_units))
    {
        return Err(self::grouping(
            vertex,
            "one conv group, input channels that divide the weights of a unit and are a multiple of the inputs \
             it takes per cycle, output channels a multiple of the units",
        ));
    }
    Ok(())
}

fn check_amp_1x1(machine: &Machine, vertex: &ConvolutionVertex) -> Result<(), IllegalKernel> {
    let weights = u64::from(machine.weights_per_conv_unit(vertex.input_type));
    if vertex.grouping.in_channels != weights {
        return Err(grouping(vertex, "input channels that fill the weights of a unit"));
    }
    let outer_dimensions = vertex.output.len() - 1;
    if vertex.batch != 1
        || vertex.kernel_size.iter().any(|&k| k != 1)
        || vertex.output[..outer_dimensions].iter().any(|&o| o != 1)
        || vertex.input_dilation != vertex.stride
    {
        return Err(field(
            vertex,
            "a 1x1 kernel, a batch of 1, outputs in the innermost dimension alone, and input dilation equal to the stride",
        ));
    }
    Ok(())
}

fn check_slic(machine: &Machine, vertex: &ConvolutionVertex, conv_chains: u32) -> Result<(), IllegalKernel> {
    if vertex.input_type != ElementType::F16 {
        return Err(types(vertex, "half inputs"));
    }
    let Some(available) = machine.conv_units_for(vertex.input_type, vertex.partials_type) else {
        return Err(types(vertex, "half or float partials"));
    };
    let ConvolutionVertex { grouping, stride, .. } = vertex;
    let slices = slic_groupings(conv_chains == ALL_CHAINS);
    if !slices.contains(grouping) {
        return Err(self::grouping(
            vertex,
            "(1, 4, 4), (2, 2, 2) or (4, 1, 1), and with four chains also (8, 1, 1) or (16, 1, 1)",
        ));
    }
    if !slic_chains(machine, vertex.partials_type).contains(&conv_chains) {
        return Err(IllegalKernel::Units {
            kernel: vertex.kernel,
            available,
            expected: "two chains, or four with half partials and units for all",
        });
    }
    if vertex.in_channels > grouping.in_channels || vertex.out_channels > grouping.out_channels {
        return Err(channels(vertex, "no more channels than one block has"));
    }
    if stride[stride.len() - 1] > 2 {
        return Err(field(vertex, "a stride of 1 or 2 in the innermost dimension"));
    }
    Ok(())
}

/// Groupings that SLIC has variants for; more than four groups need all chains.
pub(super) const fn slic_groupings(all_chains: bool) -> &'static [ChannelGrouping] {
    const GROUPINGS: [ChannelGrouping; 5] = [
        channel_grouping(1, 4, 4),
        channel_grouping(2, 2, 2),
        channel_grouping(4, 1, 1),
        channel_grouping(8, 1, 1),
        channel_grouping(16, 1, 1),
    ];
    if all_chains {
        &GROUPINGS
    } else {
        GROUPINGS.split_at(3).0
    }
}

/// Numbers of chains that SLIC has variants for: a chain feeds four units, and only half partials leave a store for each.
pub(super) fn slic_chains(machine: &Machine, partials: ElementType) -> &'static [u32] {
    let units_of_all = ALL_CHAINS * machine.conv_unit_chain_length;
    if partials == ElementType::F16 && machine.conv_units.f16_f16 >= units_of_all {
        &[ALL_CHAINS, 2]
    } else {
        &[2]
    }
}

/// Conv groups of a block that VMAC has variants for.
pub(super) const fn vertical_mac_conv_groups(
    kernel: VerticalMacKernel,
    partials: ElementType,
) -> &'static [u64] {
    match (kernel, partials) {
        (VerticalMacKernel::FloatPartials, ElementType::F16) => &[],
        (VerticalMacKernel::ManyGroups, ElementType::F16) => &[4, 8, 16],
        _ => &[4],
    }
}

fn check_vertical_mac(machine: &Machine, vertex: &ConvolutionVertex) -> Result<(), IllegalKernel> {
    let partials = vertex.partials_type;
    if vertex.input_type != ElementType::F16 || !partials.is_floating_point() {
        return Err(types(vertex, "half inputs with half or float partials"));
    }
    let given = vertex.grouping;
    if given.in_channels != 1
        || given.out_channels != 1
        || !vertical_mac_conv_groups(machine.library.vertical_mac, partials).contains(&given.conv_groups)
    {
        return Err(grouping(
            vertex,
            "(4, 1, 1), and with half partials also (8, 1, 1) or (16, 1, 1)",
        ));
    }
    if vertex.out_channels != 1 {
        return Err(channels(vertex, "one output channel"));
    }
    Ok(())
}

fn check_horizontal_mac(vertex: &ConvolutionVertex) -> Result<(), IllegalKernel> {
    let (in_step, out_channels) = match (vertex.input_type, vertex.partials_type) {
        (ElementType::F16, ElementType::F16) => (2, 2),
        (ElementType::F16, ElementType::F32) => (2, 1),
        (ElementType::F32, ElementType::F32) => (1, 1),
        _ => {
            return Err(types(
                vertex,
                "half or float inputs, and partials at least as wide",
            ));
        }
    };
    let given = vertex.grouping;
    if given.conv_groups != 1
        || given.out_channels != out_channels
        || !given.in_channels.is_multiple_of(in_step)
    {
        return Err(grouping(
            vertex,
            "one conv group, an even number of half input channels, two output channels with half partials and one with float",
        ));
    }
    Ok(())
}

fn check_outer_product(vertex: &ConvolutionVertex) -> Result<(), IllegalKernel> {
    if vertex.input_type != vertex.partials_type || !vertex.input_type.is_floating_point() {
        return Err(types(vertex, "half or float, the same for both"));
    }
    if vertex.grouping.conv_groups != 1 || vertex.grouping.in_channels != 1 {
        return Err(grouping(vertex, "one conv group and one input channel"));
    }
    if vertex.in_channels != 1 {
        return Err(channels(vertex, "one input channel"));
    }
    let outer_dimensions = vertex.output.len() - 1;
    let is_one = |&size: &u64| size == 1;
    if vertex.batch != 1
        || !vertex.kernel_size.iter().all(is_one)
        || !vertex.stride.iter().all(is_one)
        || !vertex.input_dilation.iter().all(is_one)
        || !vertex.output[..outer_dimensions].iter().all(is_one)
    {
        return Err(field(
            vertex,
            "a 1x1 kernel, a batch of 1, outputs in the innermost dimension alone, and no stride or dilation",
        ));
    }
    Ok(())
}

pub(super) const fn channel_grouping(
    conv_groups: u64,
    in_channels: u64,
    out_channels: u64,
) -> ChannelGrouping {
    ChannelGrouping {
        conv_groups,
        in_channels,
        out_channels,
    }
}

const fn types(vertex: &ConvolutionVertex, expected: &'static str) -> IllegalKernel {
    IllegalKernel::Types {
        kernel: vertex.kernel,
        input: vertex.input_type,
        partials: vertex.partials_type,
        expected,
    }
}

const fn grouping(vertex: &ConvolutionVertex, expected: &'static str) -> IllegalKernel {
    IllegalKernel::Grouping {
        kernel: vertex.kernel,
        grouping: vertex.grouping,
        expected,
    }
}

const fn channels(vertex: &ConvolutionVertex, expected: &'static str) -> IllegalKernel {
    IllegalKernel::Channels {
        kernel: vertex.kernel,
        in_channels: vertex.in_channels,
        out_channels: vertex.out_channels,
        expected,
    }
}

const fn field(vertex: &ConvolutionVertex, expected: &'static str) -> IllegalKernel {
    IllegalKernel::Field {
        kernel: vertex.kernel,
        expected,
    }
}
