//! Where operands rest: every element once, and those of a weight gradient where they are needed.

use proptest::prelude::*;
use tilesim_codelets::Count;
use tilesim_geometry::{Region, Transfer};
use tilesim_graph::Convolution;
use tilesim_machine::Machine;
use tilesim_test_support::machines::mk2;

use super::*;
use tilesim_planner::{PlanOptions, Purpose, TransformScope, plan, whole_vertex};
use tilesim_terms::ConvolutionPass;

/// The geometry of the best plan of a pass.
fn planned(forward: &Convolution, pass: ConvolutionPass, tiles: u32) -> Geometry {
    let machine = Machine { tiles, ..mk2() };
    let options = PlanOptions {
        purpose: Purpose::training(pass),
        transforms: TransformScope::Lowered,
        serial_splits: false,
        ..PlanOptions::default()
    };
    let convolution = forward.of_pass(pass);
    let plan = plan(&machine, &convolution, &options, Count::Machine)
        .expect("a plan")
        .plan;
    let whole = whole_vertex(&machine, &convolution, &options, &plan).expect("the plan's vertex");
    Geometry::new(forward, pass, &convolution, &plan, whole)
}

/// Bytes that all tiles together receive, and that they need and hold already, where an operand lies so.
fn received_and_resident(from: &Layout, need: &Layout) -> (u64, u64) {
    let transfer = Transfer {
        from: from.placement.clone(),
        to: need.placement.clone(),
        element_bytes: 2,
        sample_block: from.order.sample_block(),
    };
    let tiles = transfer.by_tile(1);
    tiles.iter().fold((0, 0), |(received, resident), tile| {
        (received + tile.received_bytes, resident + tile.resident_bytes)
    })
}

/// An operand of a weight gradient: its shape, where it rests, and where it is needed.
fn operands(forward: &Convolution, tiles: u32) -> [(Vec<u64>, Layout, Layout); 2] {
    let geometry = planned(forward, ConvolutionPass::WeightGradient, tiles);
    [
        (
            forward.input_shape(),
            geometry.input_at_rest(),
            geometry.input_need(),
        ),
        (
            forward.output_shape(),
            geometry.weights_at_rest(),
            geometry.weight_need(),
        ),
    ]
}

/// Bytes received where operands rest as they best would, and where their positions follow each other over all tiles.
fn received(forward: &Convolution, tiles: u32) -> [(u64, u64); 2] {
    operands(forward, tiles).map(|(shape, rest, need)| {
        let linear = layout::linear_positions(&shape, tiles.into());
        (
            received_and_resident(&rest, &need).0,
            received_and_resident(&linear, &need).0,
        )
    })
}

/// A convolution of 1×1 or 3×3 kernels, with half of the rest of the kernel as padding.
fn pointwise_or_3x3(batch: u64, channels: u64, field: u64, half: u64) -> Convolution {
    let kernel = 2 * half + 1;
    Convolution::new(batch, channels, channels, &[field, field], &[kernel, kernel]).padded(half)
}

/// Operands at rest lie along the positions that are summed over: their tiles need them there.
#[test]
fn tiles_receive_less_than_from_positions_in_order() {
    let mut sums = [(0, 0); 2];
    for (sum, half) in sums.iter_mut().zip([0, 1]) {
        for tiles in [16, 35, 64] {
            for (channels, field) in [(8, 14), (24, 10), (40, 7), (96, 5)] {
                for batch in [1, 4] {
                    let forward = pointwise_or_3x3(batch, channels, field, half);
                    for (rest, linear) in received(&forward, tiles) {
                        *sum = (sum.0 + rest, sum.1 + linear);
                    }
                }
            }
        }
    }
    let [(pointwise, pointwise_linear), (sliding, sliding_linear)] = sums;
    assert!(
        pointwise * 4 < pointwise_linear * 3,
        "{pointwise} of {pointwise_linear} bytes"
    );
    // A 3×3 kernel needs most positions on several tiles, of which one has them.
    assert!(
        sliding * 20 < sliding_linear * 19,
        "{sliding} of {sliding_linear} bytes"
    );
}

/// Elements at rest are shared out among the tiles: the fullest holds little more than its share.
#[test]
fn operands_at_rest_are_spread_over_the_tiles() {
    for pass in [
        ConvolutionPass::Forward,
        ConvolutionPass::InputGradient,
        ConvolutionPass::WeightGradient,
    ] {
        for half in [0, 1] {
            let mut sums = [(0, 0); 2];
            for tiles in [16, 35, 64] {
                for (channels, field) in [(8, 14), (24, 10), (40, 7), (96, 5)] {
                    for batch in [1, 4] {
                        let forward = pointwise_or_3x3(batch, channels, field, half);
                        let geometry = planned(&forward, pass, tiles);
                        for (sum, rest) in sums
                            .iter_mut()
                            .zip([geometry.input_at_rest(), geometry.weights_at_rest()])
                        {
                            let of_tiles = rest.placement.elements_by_tile();
                            sum.0 += of_tiles.iter().max().copied().unwrap_or(0);
                            sum.1 += of_tiles.iter().sum::<u64>().div_ceil(of_tiles.len() as u64);
                        }
                    }
                }
            }
            for (fullest, share) in sums {
                assert!(
                    3 * fullest <= 4 * share,
                    "{pass:?}: {fullest} elements instead of {share}"
                );
            }
        }
    }
}

/// Convolutions of kernels of one and of three elements a dimension, over fields that are larger.
fn forwards() -> impl Strategy<Value = Convolution> {
    let channels = (prop_oneof![4 => Just(1_u64), 1 => 2_u64..5], 1_u64..40, 1_u64..40);
    (1_u64..9, channels, (6_u64..15, 6_u64..15), 0_u64..2, 1_u64..3).prop_map(
        |(batch, (groups, ins, outs), field, half, stride)| {
            let kernel = [2 * half + 1; 2];
            Convolution::new(batch, groups * ins, groups * outs, &[field.0, field.1], &kernel)
                .strided(stride)
                .padded(half)
                .grouped(groups)
                .expect("groups divide the channels")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// No tile holds an element at rest that another holds too, and none is missing.
    #[test]
    fn every_element_rests_on_one_tile(
        forward in forwards(), tiles in 16_u32..65, pass in prop_oneof![
            Just(ConvolutionPass::Forward), Just(ConvolutionPass::InputGradient), Just(ConvolutionPass::WeightGradient),
        ],
    ) {
        let geometry = planned(&forward, pass, tiles);
        for rest in [geometry.input_at_rest(), geometry.weights_at_rest()] {
            let regions = rest.placement.regions();
            let elements: u64 = regions.iter().map(Region::elements).sum();
            prop_assert_eq!(elements, rest.placement.operand.elements());
            for (tile, region) in regions.iter().enumerate() {
                prop_assert!(regions[..tile].iter().all(|other| region.overlap(other) == 0), "tile {}", tile);
            }
        }
    }

    /// Where nothing slides, a tile needs all that it holds.
    #[test]
    fn what_a_pointwise_weight_gradient_needs_rests_there(mut forward in forwards(), tiles in 16_u32..65) {
        forward = Convolution::new(
            forward.batch, forward.in_channels(), forward.out_channels(), &forward.input, &[1, 1],
        ).grouped(forward.conv_groups).expect("groups divide the channels");
        for (shape, rest, need) in operands(&forward, tiles) {
            let bytes = 2 * shape.iter().product::<u64>();
            prop_assert_eq!(received_and_resident(&rest, &need).1, bytes);
        }
    }

    /// No gather brings more than from positions in order, but for what the cut of an operand at rest leaves unevenly shared out.
    #[test]
    fn no_weight_gradient_receives_much_more_than_from_positions_in_order(forward in forwards(), tiles in 16_u32..65) {
        for (rest, linear) in received(&forward, tiles) {
            prop_assert!(10 * rest <= 11 * linear, "{} instead of {} bytes", rest, linear);
        }
    }
}
