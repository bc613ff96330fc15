//! The most that each kernel can do per cycle, overheads aside.

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::convolution::{ChannelGrouping, ConvolutionKernel};

use super::slic::{ALL_CHAINS, WINDOW_WIDTH};
use crate::Count;

/// Multiply-accumulates per tile cycle that `kernel` cannot exceed (PopLibs `ConvModel.cpp` `getMaxMACsPerCyclePerTile`): the
/// bound that prunes a search of plans.
///
/// The vendor's figure for SLIC is below what the kernel's cycles allow, and so cuts some of its plans off;
/// [`Count::Machine`] gives the true bound.
pub fn peak_macs_per_cycle(
    machine: &Machine,
    kernel: ConvolutionKernel,
    input_type: ElementType,
    grouping: ChannelGrouping,
    count: Count,
) -> u64 {
    match kernel {
        ConvolutionKernel::Amp1x1 { conv_units } | ConvolutionKernel::AmpNx1 { conv_units } => {
            u64::from(conv_units) * u64::from(machine.conv_unit_inputs_per_cycle(input_type))
        }
        ConvolutionKernel::Slic { conv_chains } => {
            let chains = match count {
                Count::Vendor => 2,
                Count::Machine => u64::from(conv_chains.min(ALL_CHAINS)),
            };
            grouping.in_channels.min(4) * WINDOW_WIDTH * chains
        }
        ConvolutionKernel::VerticalMac
        | ConvolutionKernel::HorizontalMac
        | ConvolutionKernel::OuterProduct => machine.vector_width(input_type),
    }
}
