//! What a convolution's vertex keeps on its tile beside its operands: pointers and worklists.
//!
//! PopLibs `ConvVertices.cpp`: one pointer for each block of inputs, of outputs, and of weights; and for every worker and kernel
//! position a list of the pieces of rows that the worker computes.

use tilesim_machine::Machine;
use tilesim_program::vertex::convolution::{ConvolutionKernel, ConvolutionVertex};

use super::{amp_nx1, extent::Extent, slic, work_split::contiguous_runs};

/// Bytes of a pointer to a block: compact ones of 16 bits, which a vertex on either machine has wherever its blocks lie in whole data
/// paths.
const POINTER: u64 = 2;
/// Bytes of where a worklist begins and how long it is.
const LIST: u64 = 4;
/// Bytes of an item of a worklist: three numbers of two bytes; the vertical kernel has four.
const ITEM: u64 = 6;
const VERTICAL_ITEM: u64 = 8;

/// Bytes of state of a vertex.
pub(super) fn bytes(machine: &Machine, vertex: &ConvolutionVertex) -> u64 {
    let extent = Extent::of(vertex);
    let workers = u64::from(machine.workers);
    let (groups, ins, outs) = (extent.group_blocks, extent.in_blocks, extent.out_blocks);
    let pointers = groups * (ins + outs + ins * outs) * POINTER;
    let pieces = |rows, width| contiguous_runs(workers, rows, width, 0, |_| 1).sum;
    let lists = |positions: u64| workers * positions * LIST;
    let rows = pieces(extent.met_rows, extent.met_width);
    let worklists = match vertex.kernel {
        // The field of a 1×1 kernel is one row.
        ConvolutionKernel::Amp1x1 { .. } => pieces(1, extent.positions()) * ITEM + lists(1),
        ConvolutionKernel::AmpNx1 { .. } => {
            let loads = extent
                .kernel_height
                .div_ceil(amp_nx1::rows_per_load(machine, vertex));
            let positions = extent.kernel_planes * loads * extent.kernel_width;
            positions * rows * ITEM + lists(positions)
        }
        ConvolutionKernel::Slic { .. } => {
            let windows = extent.kernel_rows() * extent.kernel_width.div_ceil(slic::WINDOW_WIDTH);
            windows * rows * ITEM + lists(windows)
        }
        ConvolutionKernel::HorizontalMac => {
            let positions = extent.kernel_elements();
            positions * rows * ITEM + lists(positions)
        }
        ConvolutionKernel::VerticalMac => {
            extent.positions() * extent.kernel_rows() * VERTICAL_ITEM + lists(1)
        }
        ConvolutionKernel::OuterProduct => 0,
    };
    pointers + worklists
}
