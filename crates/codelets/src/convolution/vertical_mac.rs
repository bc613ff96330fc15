//! VMAC: workers multiply and accumulate along the kernel's rows, each into accumulators of its own
//! (`ConvPartialVerticalMac`).
//!
//! PopLibs `PerformanceEstimation.hpp` `estimateConvPartialVerticalMac...`, `getConvPartialVerticalMac...`.

use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::convolution::ConvolutionVertex;
use tilesim_terms::VerticalMacKernel;

use super::extent::Extent;
use super::traffic::Traffic;
use super::work_split::DealtRows;
use crate::Count;
use crate::breakdown::KernelCycles;

/// Worker cycles of a worker: its start, the start of an item (an output and a kernel row), and each kernel element.
struct WorkerRates {
    start: u64,
    item: u64,
    element: u64,
}

const fn worker_rates(kernel: VerticalMacKernel, conv_groups: u64, float_partials: bool) -> WorkerRates {
    let (start, item, element) = match (conv_groups, float_partials) {
        (4, false) => (18, 11, 2),
        // Before PopLibs d1a01e66: an item of w elements takes 20 + 2 (w − 1).
        (4, true) if matches!(kernel, VerticalMacKernel::FloatPartials) => (19, 18, 2),
        (4, true) => (19, 13, 2),
        (8, _) => (13, 22, 3),
        // Sixteen groups are two of eight, one after the other.
        _ => (25, 44, 6),
    };
    WorkerRates { start, item, element }
}

pub(super) fn cycles(
    machine: &Machine,
    vertex: &ConvolutionVertex,
    extent: &Extent,
    count: Count,
) -> KernelCycles {
    let workers = u64::from(machine.workers);
    let conv_groups = vertex.grouping.conv_groups;
    let float_partials = vertex.partials_type == ElementType::F32;
    let float = u64::from(float_partials);
    let rates = worker_rates(machine.library.vertical_mac, conv_groups, float_partials);

    // Outputs are dealt like rows of kernel elements.
    let dealt = DealtRows::new(workers, extent.positions());
    let part_width = extent.kernel_width.div_ceil(dealt.parts_per_row);
    let items = extent.kernel_rows() * (dealt.whole + dealt.parts);
    let elements = extent.kernel_rows() * (dealt.whole * extent.kernel_width + dealt.parts * part_width);
    let inner = workers * (rates.start + rates.item * items + rates.element * elements);

    let accumulated = match count {
        Count::Vendor => extent.positions() / vertex.batch,
        Count::Machine => extent.positions() * conv_groups,
    };
    let zero = 4 + accumulated.div_ceil(machine.vector_width(vertex.partials_type));
    let reduce = 10 - float + (7 + 2 * float + 5 * (1 + float)) * accumulated.div_ceil(workers) / conv_groups;
    let block = zero + 32 + vertex.in_channels * (24 + inner) + reduce;

    let runs = extent.group_blocks * vertex.in_channels;
    let all_elements = extent.positions() * extent.kernel_elements();
    KernelCycles {
        total: 61 + 14 + 25 + float + extent.group_blocks * block,
        streaming: runs * all_elements * rates.element,
        weight_load: 0,
        worker_imbalance: runs * rates.element * (workers * elements - all_elements),
    }
}

pub(super) fn traffic(machine: &Machine, vertex: &ConvolutionVertex, extent: &Extent) -> Traffic {
    let workers = u64::from(machine.workers);
    let conv_groups = vertex.grouping.conv_groups;
    let input_bytes = conv_groups * vertex.input_type.bytes();
    let partial_bytes = conv_groups * vertex.partials_type.bytes();
    let runs = extent.group_blocks * vertex.in_channels * extent.positions();
    // Each kernel element loads an input and a weight; each item loads and stores its accumulators.
    let operands = 2 * runs * extent.kernel_elements() * input_bytes;
    let accumulated = runs * extent.kernel_rows() * partial_bytes;
    let outputs = extent.group_blocks * extent.positions() * partial_bytes;
    Traffic {
        read_bytes: operands + accumulated + workers * outputs,
        write_bytes: workers * outputs + accumulated + outputs,
    }
}
