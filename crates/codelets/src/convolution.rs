//! Convolution kernels: what one tile's partial convolution costs.
//!
//! Six kernels compete for a convolution, and which of them can run depends on the number of channels in a group:
//! [`legality`] has the rules, [`candidates`] the groupings to try, and [`cost`] the cycles, as a closed form without allocation.

mod amp;
mod amp_1x1;
mod amp_nx1;
mod candidates;
pub mod differences;
mod extent;
mod horizontal_mac;
mod legality;
mod outer_product;
mod rate;
mod slic;
mod state;
mod traffic;
mod vertical_mac;
mod work_split;
mod zero_partials;

use tilesim_machine::Machine;
use tilesim_program::vertex::convolution::{ConvolutionKernel, ConvolutionVertex};

use crate::breakdown::KernelCycles;
use crate::{Count, VertexCost};
use extent::Extent;
use traffic::Traffic;

pub use candidates::{Candidate, candidates};
pub use legality::{IllegalKernel, legality};
pub use rate::peak_macs_per_cycle;
pub use slic::WINDOW_WIDTH as SLIC_WINDOW_WIDTH;
pub use zero_partials::zero_partials_cycles;

/// What `vertex` costs on one tile of `machine`.
///
/// # Errors
/// If the kernel cannot compute the vertex's convolution.
pub fn cost(
    machine: &Machine,
    vertex: &ConvolutionVertex,
    count: Count,
) -> Result<VertexCost, IllegalKernel> {
    legality(machine, vertex)?;
    let extent = Extent::of(vertex);
    let macs = extent::useful_macs(vertex, &extent);
    let ideal = machine
        .peak_macs_per_cycle(vertex.input_type, vertex.partials_type)
        .map_or(0, |peak| macs.div_ceil(peak));
    let traffic = kernel_traffic(machine, vertex, &extent);
    Ok(VertexCost {
        cycles: kernel_cycles(machine, vertex, &extent, count).taken_apart(ideal),
        macs,
        sram_read_bytes: traffic.read_bytes,
        sram_write_bytes: traffic.write_bytes,
    })
}

/// Tile cycles of `vertex`: the total of [`cost`] alone, for searches.
///
/// # Errors
/// If the kernel cannot compute the vertex's convolution.
pub fn cycles(machine: &Machine, vertex: &ConvolutionVertex, count: Count) -> Result<u64, IllegalKernel> {
    legality(machine, vertex)?;
    Ok(kernel_cycles(machine, vertex, &Extent::of(vertex), count).total)
}

/// Bytes that `vertex` keeps on its tile beside its operands: pointers and worklists.
///
/// # Errors
/// If the kernel cannot compute the vertex's convolution.
pub fn state_bytes(machine: &Machine, vertex: &ConvolutionVertex) -> Result<u64, IllegalKernel> {
    legality(machine, vertex)?;
    Ok(state::bytes(machine, vertex))
}

fn kernel_cycles(
    machine: &Machine,
    vertex: &ConvolutionVertex,
    extent: &Extent,
    count: Count,
) -> KernelCycles {
    match vertex.kernel {
        ConvolutionKernel::Amp1x1 { conv_units } => amp_1x1::cycles(machine, vertex, extent, conv_units),
        ConvolutionKernel::AmpNx1 { conv_units } => {
            amp_nx1::cycles(machine, vertex, extent, conv_units, count)
        }
        ConvolutionKernel::Slic { conv_chains } => slic::cycles(machine, vertex, extent, conv_chains, count),
        ConvolutionKernel::VerticalMac => vertical_mac::cycles(machine, vertex, extent, count),
        ConvolutionKernel::HorizontalMac => horizontal_mac::cycles(machine, vertex, extent, count),
        ConvolutionKernel::OuterProduct => outer_product::cycles(machine, vertex, extent),
    }
}

fn kernel_traffic(machine: &Machine, vertex: &ConvolutionVertex, extent: &Extent) -> Traffic {
    match vertex.kernel {
        ConvolutionKernel::Amp1x1 { conv_units } => amp_1x1::traffic(machine, vertex, extent, conv_units),
        ConvolutionKernel::AmpNx1 { conv_units } => amp_nx1::traffic(machine, vertex, extent, conv_units),
        ConvolutionKernel::Slic { conv_chains } => slic::traffic(vertex, extent, conv_chains),
        ConvolutionKernel::VerticalMac => vertical_mac::traffic(machine, vertex, extent),
        ConvolutionKernel::HorizontalMac => horizontal_mac::traffic(vertex, extent),
        ConvolutionKernel::OuterProduct => outer_product::traffic(vertex, extent),
    }
}
