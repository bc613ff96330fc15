//! What must hold of every convolution kernel, whatever the shape.

use std::collections::BTreeSet;

use proptest::prelude::*;
use smallvec::smallvec;
use tilesim_codelets::Count;
use tilesim_codelets::convolution::{
    Candidate, candidates, cost, cycles, legality, peak_macs_per_cycle, state_bytes,
};
use tilesim_machine::{ElementType, Machine};
use tilesim_program::vertex::convolution::{ConvolutionKernel, ConvolutionVertex};
use tilesim_test_support::machines::table_mk2;

const TYPES: [(ElementType, ElementType); 3] = [
    (ElementType::F16, ElementType::F16),
    (ElementType::F16, ElementType::F32),
    (ElementType::F32, ElementType::F32),
];

/// Sizes that a test draws, before a kernel's rules are imposed on them.
#[derive(Debug, Clone, Copy)]
struct Draw {
    types: usize,
    candidate: usize,
    batch: u64,
    conv_groups: u64,
    in_channels: u64,
    out_channels: u64,
    output: (u64, u64),
    kernel: (u64, u64),
    stride: u64,
    dilation: u64,
    amp_1x1: bool,
}

fn draws() -> impl Strategy<Value = Draw> {
    let channels = (1..40u64, 1..70u64, 1..70u64);
    let field = ((1..40u64, 1..40u64), (1..6u64, 1..8u64), 1..4u64, 1..4u64);
    (
        0..TYPES.len(),
        any::<usize>(),
        1..5u64,
        channels,
        field,
        any::<bool>(),
    )
        .prop_map(
            |(types, candidate, batch, channels, (output, kernel, stride, dilation), amp_1x1)| Draw {
                types,
                candidate,
                batch,
                conv_groups: channels.0,
                in_channels: channels.1,
                out_channels: channels.2,
                output,
                kernel,
                stride,
                dilation,
                amp_1x1,
            },
        )
}

/// A legal vertex with the drawn sizes as far as its kernel allows.
fn vertex_of(machine: &Machine, draw: &Draw) -> ConvolutionVertex {
    let (input_type, partials_type) = TYPES[draw.types];
    let all = candidates(machine, input_type, partials_type, draw.in_channels);
    let Candidate { kernel, grouping } = all[draw.candidate % all.len()];
    let mut vertex = ConvolutionVertex {
        kernel,
        input_type,
        partials_type,
        grouping,
        batch: draw.batch,
        conv_groups: draw.conv_groups,
        in_channels: draw.in_channels,
        out_channels: draw.out_channels,
        output: smallvec![draw.output.0, draw.output.1],
        kernel_size: smallvec![draw.kernel.0, draw.kernel.1],
        stride: smallvec![draw.stride, draw.stride],
        input_dilation: smallvec![draw.dilation, draw.dilation],
    };
    let mut pointwise = false;
    match kernel {
        ConvolutionKernel::AmpNx1 { conv_units }
            if draw.amp_1x1
                && grouping.in_channels == u64::from(machine.weights_per_conv_unit(input_type)) =>
        {
            vertex.kernel = ConvolutionKernel::Amp1x1 { conv_units };
            pointwise = true;
        }
        ConvolutionKernel::Slic { .. } => {
            vertex.in_channels = vertex.in_channels.min(grouping.in_channels);
            vertex.out_channels = vertex.out_channels.min(grouping.out_channels);
            let stride = draw.stride.min(2);
            vertex.stride = smallvec![stride, stride];
        }
        ConvolutionKernel::VerticalMac => vertex.out_channels = 1,
        ConvolutionKernel::OuterProduct => {
            vertex.in_channels = 1;
            pointwise = true;
        }
        _ => {}
    }
    if pointwise {
        vertex.batch = 1;
        vertex.output[0] = 1;
        vertex.kernel_size = smallvec![1, 1];
        vertex.stride = smallvec![1, 1];
        vertex.input_dilation = smallvec![1, 1];
    }
    vertex
}

/// `vertex` with `factor` times the outputs, in whole rows where the kernel has rows.
fn with_more_outputs(vertex: &ConvolutionVertex, factor: u64) -> ConvolutionVertex {
    let mut more = vertex.clone();
    match vertex.kernel {
        ConvolutionKernel::Amp1x1 { .. } | ConvolutionKernel::OuterProduct => more.output[1] *= factor,
        _ => more.batch *= factor,
    }
    more
}

fn total(machine: &Machine, vertex: &ConvolutionVertex, count: Count) -> u64 {
    cycles(machine, vertex, count).expect("a legal vertex")
}

/// The output positions of one sample that one kernel element contributes to: with input dilation, those where it meets an input
/// instead of a zero.
fn met(vertex: &ConvolutionVertex, dimension: usize) -> u64 {
    let meets =
        |output: &u64| (output * vertex.stride[dimension]).is_multiple_of(vertex.input_dilation[dimension]);
    (0..vertex.output[dimension]).filter(meets).count() as u64
}

/// Items of all workers' worklists when rows of so many positions are cut into a run for each: a row that a run touches is one.
fn items(workers: u64, rows: u64, width: u64) -> u64 {
    let positions = rows * width;
    let mut items = 0;
    for worker in 0..workers {
        let run = worker * positions / workers..(worker + 1) * positions / workers;
        let touched: BTreeSet<u64> = run.map(|position| position / width).collect();
        items += touched.len() as u64;
    }
    items
}

/// Pointers and worklist items of a vertex, counted one by one: bytes.
fn counted_state(machine: &Machine, vertex: &ConvolutionVertex) -> u64 {
    let workers = u64::from(machine.workers);
    let blocks = |channels: u64, block: u64| (0..channels).step_by(block as usize).count() as u64;
    let ConvolutionVertex { grouping, .. } = vertex;
    let in_blocks = blocks(vertex.in_channels, grouping.in_channels);
    let out_blocks = blocks(vertex.out_channels, grouping.out_channels);
    // Compact pointers have two bytes.
    let mut pointers = 0;
    for _group in 0..blocks(vertex.conv_groups, grouping.conv_groups) {
        // To blocks of inputs, of outputs, and to the weights between each two of them.
        pointers += in_blocks + out_blocks;
        for _input in 0..in_blocks {
            pointers += out_blocks;
        }
    }
    let (height, width) = (vertex.output[0], vertex.output[1]);
    let (kernel_height, kernel_width) = (vertex.kernel_size[0], vertex.kernel_size[1]);
    // What a worker has a list of its own for: kernel positions that are computed in one go.
    let (steps, rows, columns) = match vertex.kernel {
        ConvolutionKernel::Amp1x1 { .. } => (1, 1, vertex.batch * height * width),
        ConvolutionKernel::AmpNx1 { .. } => {
            let weights = u64::from(machine.weights_per_conv_unit(vertex.input_type));
            let rows_at_once = weights / grouping.in_channels;
            (
                blocks(kernel_height, rows_at_once) * kernel_width,
                vertex.batch * met(vertex, 0),
                met(vertex, 1),
            )
        }
        ConvolutionKernel::Slic { .. } => (
            kernel_height * blocks(kernel_width, 4),
            vertex.batch * met(vertex, 0),
            met(vertex, 1),
        ),
        ConvolutionKernel::HorizontalMac => (
            kernel_height * kernel_width,
            vertex.batch * met(vertex, 0),
            met(vertex, 1),
        ),
        // Every position of every kernel row is an item of four numbers of one of the workers' lists.
        ConvolutionKernel::VerticalMac => {
            let items = vertex.batch * height * width * kernel_height;
            return 2 * pointers + 8 * items + 4 * workers;
        }
        ConvolutionKernel::OuterProduct => return 2 * pointers,
    };
    let mut bytes = 2 * pointers;
    for _step in 0..steps {
        // Three numbers of two bytes for each item, and where each worker's list begins.
        bytes += 6 * items(workers, rows, columns) + 4 * workers;
    }
    bytes
}

proptest! {
    #[test]
    fn the_breakdown_adds_up_and_the_useful_part_is_ideal(draw in draws()) {
        let machine = table_mk2();
        let vertex = vertex_of(&machine, &draw);
        let peak = machine.peak_macs_per_cycle(vertex.input_type, vertex.partials_type).expect("a peak");
        for count in [Count::Vendor, Count::Machine] {
            let cost = cost(&machine, &vertex, count).expect("a legal vertex");
            prop_assert_eq!(cost.cycles.total(), total(&machine, &vertex, count));
            prop_assert_eq!(cost.cycles.useful, cost.macs.div_ceil(peak));
            prop_assert!(cost.cycles.overhead > 0);
        }
    }

    #[test]
    fn no_kernel_exceeds_its_peak(draw in draws()) {
        let machine = table_mk2();
        let vertex = vertex_of(&machine, &draw);
        let peak = peak_macs_per_cycle(
            &machine, vertex.kernel, vertex.input_type, vertex.grouping, Count::Machine);
        let cost = cost(&machine, &vertex, Count::Machine).expect("a legal vertex");
        prop_assert!(cost.cycles.total() * peak >= cost.macs);
    }

    #[test]
    fn more_work_costs_no_less(draw in draws(), count in prop_oneof![Just(Count::Vendor), Just(Count::Machine)]) {
        let machine = table_mk2();
        let vertex = vertex_of(&machine, &draw);
        let cycles = total(&machine, &vertex, count);
        // Six times the outputs: fewer more need not cost more, as whole rows deal out better over six workers.
        let more = with_more_outputs(&vertex, 6);
        prop_assert!(total(&machine, &more, count) >= cycles, "{more:?}");
        let more = ConvolutionVertex { conv_groups: vertex.conv_groups + 1, ..vertex.clone() };
        prop_assert!(total(&machine, &more, count) >= cycles, "{more:?}");
        for (d, &size) in vertex.kernel_size.iter().enumerate() {
            let mut more = vertex.clone();
            more.kernel_size[d] = size + 1;
            // A horizontal MAC over one kernel element is a variant of its own, as is AMP 1×1.
            if legality(&machine, &more).is_ok() && vertex.kernel != ConvolutionKernel::HorizontalMac {
                prop_assert!(total(&machine, &more, count) >= cycles, "{more:?}");
            }
        }
    }

    #[test]
    fn the_machine_charges_what_the_vendor_leaves_out(draw in draws()) {
        let machine = table_mk2();
        let vertex = vertex_of(&machine, &draw);
        let (vendor, ours) = (
            total(&machine, &vertex, Count::Vendor), total(&machine, &vertex, Count::Machine));
        match vertex.kernel {
            ConvolutionKernel::Slic { .. } | ConvolutionKernel::VerticalMac => prop_assert!(ours >= vendor),
            ConvolutionKernel::Amp1x1 { .. } | ConvolutionKernel::OuterProduct => prop_assert_eq!(ours, vendor),
            // Halves are cleared twice as fast as the floats that the vendor's planner takes them for.
            ConvolutionKernel::AmpNx1 { .. } => prop_assert!(ours <= vendor),
            ConvolutionKernel::HorizontalMac => {}
        }
    }

    #[test]
    fn operands_are_moved_at_least_once(draw in draws()) {
        let machine = table_mk2();
        let vertex = vertex_of(&machine, &draw);
        let cost = cost(&machine, &vertex, Count::Machine).expect("a legal vertex");
        let outputs = vertex.batch * vertex.output.iter().product::<u64>()
            * vertex.conv_groups * vertex.out_channels;
        let weights = vertex.kernel_size.iter().product::<u64>()
            * vertex.conv_groups * vertex.in_channels * vertex.out_channels;
        prop_assert!(cost.sram_write_bytes >= outputs * vertex.partials_type.bytes());
        prop_assert!(cost.sram_read_bytes >= weights * vertex.input_type.bytes());
    }

    /// What if there were more workers, or longer dot products?
    #[test]
    fn other_machines_cost_without_panic(
        draw in draws(), workers in 1..13u32, weights in 2..6u32, wide in any::<bool>(),
    ) {
        let mut machine = table_mk2();
        machine.workers = workers;
        machine.weights_per_conv_unit_f16 = 1 << weights;
        machine.weight_load_128bit = wide;
        let vertex = vertex_of(&machine, &draw);
        let cost = cost(&machine, &vertex, Count::Machine).expect("a legal vertex");
        prop_assert_eq!(cost.cycles.total(), total(&machine, &vertex, Count::Machine));
    }

    #[test]
    fn state_is_pointers_and_items_of_worklists(draw in draws(), workers in 1..9u32) {
        let mut machine = table_mk2();
        machine.workers = workers;
        let vertex = vertex_of(&machine, &draw);
        let bytes = state_bytes(&machine, &vertex).expect("a legal vertex");
        prop_assert_eq!(bytes, counted_state(&machine, &vertex), "{:?}", vertex);
    }

    #[test]
    fn illegal_and_extreme_sizes_are_errors(draw in draws(), size in prop_oneof![Just(0), Just(u64::MAX)], which in 0..7usize) {
        let machine = table_mk2();
        let mut vertex = vertex_of(&machine, &draw);
        let sizes = [
            &mut vertex.batch,
            &mut vertex.conv_groups,
            &mut vertex.in_channels,
            &mut vertex.out_channels,
            &mut vertex.output[1],
            &mut vertex.kernel_size[0],
            &mut vertex.grouping.in_channels,
        ];
        *sizes.into_iter().nth(which).expect("a size") = size;
        prop_assert!(cost(&machine, &vertex, Count::Machine).is_err());
        prop_assert!(state_bytes(&machine, &vertex).is_err());
    }
}
