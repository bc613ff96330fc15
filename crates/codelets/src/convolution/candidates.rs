//! The kernels and channel groupings worth trying for a convolution (PopLibs `ConvVertexType.cpp`
//! `getConvVertexAMPCandidates` and its like).

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::convolution::{ChannelGrouping, ConvolutionKernel};

use super::legality::{channel_grouping, slic_chains, slic_groupings, vertical_mac_conv_groups};

/// Convolution units of the small variants of the AMP kernels.
const FEW_CONV_UNITS: u32 = 8;

/// A kernel with a channel grouping that it has a variant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Candidate {
    /// Kernel; AMP stands as [`ConvolutionKernel::AmpNx1`], in whose place AMP 1×1 runs where it is legal.
    pub kernel: ConvolutionKernel,
    /// Channel grouping.
    pub grouping: ChannelGrouping,
}

/// Every kernel with every channel grouping that it has a variant for, given the types and the `in_channels` of a convolution
/// group.
///
/// Whether a tile's share is one that the kernel computes is for [`legality`](super::legality()) to say.
pub fn candidates(
    machine: &Machine,
    input_type: ElementType,
    partials_type: ElementType,
    in_channels: u64,
) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    if let Some(units) = machine.conv_units_for(input_type, partials_type) {
        amp(machine, input_type, units, &mut candidates);
        horizontal_mac(input_type, partials_type, in_channels, &mut candidates);
    }
    if input_type == ElementType::F16 && partials_type.is_floating_point() {
        slic(machine, partials_type, &mut candidates);
        candidates.extend(
            vertical_mac_conv_groups(machine.library.vertical_mac, partials_type)
                .iter()
                .map(|&conv_groups| Candidate {
                    kernel: ConvolutionKernel::VerticalMac,
                    grouping: channel_grouping(conv_groups, 1, 1),
                }),
        );
    }
    if input_type == partials_type && input_type.is_floating_point() {
        candidates.push(Candidate {
            kernel: ConvolutionKernel::OuterProduct,
            grouping: channel_grouping(1, 1, machine.vector_width(input_type)),
        });
    }
    candidates
}

fn amp(machine: &Machine, input_type: ElementType, available: u32, candidates: &mut Vec<Candidate>) {
    let weights = u64::from(machine.weights_per_conv_unit(input_type));
    let loaded = u64::from(machine.conv_unit_inputs_per_cycle(input_type));
    let in_channels = (1..=weights)
        .rev()
        .filter(|c| weights.is_multiple_of(*c) && c.is_multiple_of(loaded));
    let all = [(available, u64::from(available)), (available, weights)];
    let few = [(FEW_CONV_UNITS, u64::from(FEW_CONV_UNITS))];
    let all = if weights > u64::from(available) {
        &all[..]
    } else {
        &all[..1]
    };
    let few = if FEW_CONV_UNITS < available { &few[..] } else { &[] };
    for in_channels in in_channels {
        candidates.extend(
            all.iter()
                .chain(few)
                .map(|&(conv_units, out_channels)| Candidate {
                    kernel: ConvolutionKernel::AmpNx1 { conv_units },
                    grouping: channel_grouping(1, in_channels, out_channels),
                }),
        );
    }
}

fn slic(machine: &Machine, partials_type: ElementType, candidates: &mut Vec<Candidate>) {
    for &conv_chains in slic_chains(machine, partials_type) {
        let groupings = slic_groupings(conv_chains == super::slic::ALL_CHAINS);
        candidates.extend(groupings.iter().map(|&grouping| Candidate {
            kernel: ConvolutionKernel::Slic { conv_chains },
            grouping,
        }));
    }
}

fn horizontal_mac(
    input_type: ElementType,
    partials_type: ElementType,
    in_channels: u64,
    candidates: &mut Vec<Candidate>,
) {
    let step = if input_type == ElementType::F32 { 1 } else { 2 };
    let out_channels = if partials_type == ElementType::F32 { 1 } else { 2 };
    let steps = in_channels.div_ceil(step);
    let mut block = 1;
    while block <= steps {
        candidates.push(Candidate {
            kernel: ConvolutionKernel::HorizontalMac,
            grouping: channel_grouping(1, block * step, out_channels),
        });
        // The next larger block that needs fewer of them; the last is all channels in one.
        let blocks = steps.div_ceil(block);
        if blocks == 1 {
            break;
        }
        block = steps.div_ceil(blocks - 1);
    }
}
