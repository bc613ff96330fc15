//! Outer product of one input channel with the weights.
//!
//! PopLibs `PerformanceEstimation.hpp` `getOuterProductCycleEstimate`.

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::convolution::ConvolutionVertex;

use super::extent::Extent;
use super::traffic::Traffic;
use crate::breakdown::KernelCycles;

/// Worker cycles of one input with the weights of one block of output channels.
const fn product_cycles(float: bool, out_channels: u64) -> u64 {
    if float {
        if out_channels >= 6 && out_channels.is_multiple_of(2) {
            6 + (out_channels - 6) / 2
        } else {
            10 + 2 * out_channels
        }
    } else if out_channels >= 12 && out_channels.is_multiple_of(4) {
        6 + (out_channels - 12) / 4
    } else {
        10 + 5 * out_channels / 2
    }
}

/// Blocks of output channels, over all convolution groups.
const fn blocks(vertex: &ConvolutionVertex) -> u64 {
    (vertex.out_channels * vertex.conv_groups).div_ceil(vertex.grouping.out_channels)
}

pub(super) fn cycles(machine: &Machine, vertex: &ConvolutionVertex, extent: &Extent) -> KernelCycles {
    let workers = u64::from(machine.workers);
    let float = vertex.input_type == ElementType::F32;
    let blocks = blocks(vertex);
    let product = product_cycles(float, vertex.grouping.out_channels);
    let width = extent.width.div_ceil(workers);
    let block = 10 + u64::from(float) + width * product;
    let vectors = vertex
        .grouping
        .out_channels
        .div_ceil(machine.vector_width(vertex.input_type));
    KernelCycles {
        total: workers * (25 + blocks * block),
        streaming: blocks * extent.width * vectors,
        weight_load: 0,
        worker_imbalance: blocks * product * (workers * width - extent.width),
    }
}

pub(super) fn traffic(vertex: &ConvolutionVertex, extent: &Extent) -> Traffic {
    let element_bytes = vertex.input_type.bytes();
    let products = blocks(vertex) * extent.width;
    let out_channels = vertex.grouping.out_channels;
    Traffic {
        // Every product loads its input and streams the weights.
        read_bytes: products * (1 + out_channels) * element_bytes,
        write_bytes: products * out_channels * vertex.partials_type.bytes(),
    }
}
