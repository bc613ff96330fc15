//! What the group size of a layer decides: which kernels can run, and how fast.

use smallvec::smallvec;
use tilesim_codelets::Count;
use tilesim_codelets::convolution::{cycles, legality};
use tilesim_machine::ElementType;
use tilesim_program::vertex::convolution::{ChannelGrouping, ConvolutionKernel, ConvolutionVertex};
use tilesim_test_support::machines::table_mk2;

const AMP: ConvolutionKernel = ConvolutionKernel::AmpNx1 { conv_units: 16 };
const SLIC: ConvolutionKernel = ConvolutionKernel::Slic { conv_chains: 4 };
const VERTICAL_MAC: ConvolutionKernel = ConvolutionKernel::VerticalMac;

/// A layer of 32 channels in groups of `group_size`, half inputs and partials, on one tile.
fn layer(
    kernel: ConvolutionKernel,
    grouping: (u64, u64, u64),
    group_size: u64,
    field: (u64, u64),
    kernel_size: u64,
) -> ConvolutionVertex {
    ConvolutionVertex {
        kernel,
        input_type: ElementType::F16,
        partials_type: ElementType::F16,
        grouping: ChannelGrouping {
            conv_groups: grouping.0,
            in_channels: grouping.1,
            out_channels: grouping.2,
        },
        batch: 1,
        conv_groups: 32 / group_size,
        in_channels: group_size,
        out_channels: group_size,
        output: smallvec![field.0, field.1],
        kernel_size: smallvec![kernel_size, kernel_size],
        stride: smallvec![1, 1],
        input_dilation: smallvec![1, 1],
    }
}

#[test]
fn kernels_run_for_the_group_sizes_that_they_are_made_for() {
    let machine = table_mk2();
    for group_size in [1, 2, 4, 8, 16, 32] {
        let legal =
            |kernel, grouping| legality(&machine, &layer(kernel, grouping, group_size, (14, 14), 3)).is_ok();
        let slic = [(1, 4, 4), (2, 2, 2), (4, 1, 1), (16, 1, 1)].map(|grouping| legal(SLIC, grouping));
        let fits = [4, 2, 1, 1].map(|channels| group_size <= channels);
        assert_eq!(slic, fits, "SLIC at group size {group_size}");
        assert_eq!(legal(VERTICAL_MAC, (4, 1, 1)), group_size == 1);
        // AMP runs whatever the group size, at the price of padding.
        assert!(legal(AMP, (1, 16, 16)) && legal(AMP, (1, 4, 16)));
    }
}

/// Useful multiply-accumulates per tile cycle by the vendor's own formulas, as tabulated for its planner.
#[test]
fn rates_grow_with_the_group_size_as_the_vendor_has_them() {
    let machine = table_mk2();
    for (kernel, grouping, group_size, field, kernel_size, rate) in [
        (VERTICAL_MAC, (16, 1, 1), 1, (14, 14), 3, 0.75),
        (SLIC, (16, 1, 1), 1, (7, 7), 3, 1.3),
        (SLIC, (16, 1, 1), 1, (14, 14), 3, 3.9),
        (SLIC, (16, 1, 1), 1, (40, 50), 3, 10.1),
        (SLIC, (4, 1, 1), 1, (14, 14), 5, 2.8),
        (SLIC, (2, 2, 2), 2, (14, 14), 3, 6.6),
        (SLIC, (1, 4, 4), 4, (14, 14), 3, 13.3),
        (SLIC, (1, 4, 4), 4, (40, 50), 5, 26.0),
        (AMP, (1, 16, 16), 16, (7, 7), 3, 17.8),
        (AMP, (1, 16, 16), 16, (14, 14), 3, 33.8),
        (AMP, (1, 16, 16), 16, (28, 28), 3, 43.2),
        (AMP, (1, 16, 16), 16, (40, 50), 5, 53.3),
    ] {
        let vertex = layer(kernel, grouping, group_size, field, kernel_size);
        let cycles = cycles(&machine, &vertex, Count::Vendor).expect("a legal vertex");
        let macs = field.0 * field.1 * kernel_size * kernel_size * 32 * group_size;
        let given = macs as f64 / cycles as f64;
        assert!(
            (given - rate).abs() <= 0.06,
            "{kernel:?} {field:?}: {given:.2} for {rate}"
        );
    }
}
