//! Property tests of the geometry against enumeration of every element.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use smallvec::{SmallVec, smallvec};
use tilesim_geometry::Transfer;
use tilesim_geometry::{Axis, Cover, Grid, Operand, Placement, Spare, Window};
use tilesim_test_support::{Element, elements};

/// Variables of the test space: batch, group, input channel, output channel, row, column, kernel row, kernel column.
const N: u8 = 0;
const G: u8 = 1;
const CI: u8 = 2;
const CO: u8 = 3;
const Y: u8 = 4;
const X: u8 = 5;
const KY: u8 = 6;
const KX: u8 = 7;

#[derive(Debug, Clone)]
struct Case {
    sizes: Vec<u64>,
    stride: u64,
    flattened: bool,
    parts: Vec<u64>,
    out_grain: u64,
    block: u64,
}

fn case() -> impl Strategy<Value = Case> {
    (
        (
            1_u64..3,
            1_u64..4,
            1_u64..6,
            1_u64..6,
            1_u64..6,
            1_u64..6,
            1_u64..4,
            1_u64..4,
        ),
        1_u64..3,
        any::<bool>(),
        proptest::collection::vec(1_u64..5, 6),
        1_u64..4,
        1_u64..5,
    )
        .prop_map(
            |((n, g, ci, co, y, x, ky, kx), stride, flattened, parts, out_grain, block)| {
                // A kernel smaller than the stride leaves gaps.
                let sizes = vec![n, g, ci, co, y, x, ky, kx];
                Case {
                    sizes,
                    stride,
                    flattened,
                    parts,
                    out_grain,
                    block,
                }
            },
        )
}

fn grid(case: &Case) -> Arc<Grid> {
    let size = |variable: u8| case.sizes[variable as usize];
    let fit = |parts: u64, grains: u64| parts.min(grains);
    let mut axes = vec![
        Axis::single(G, 1, fit(case.parts[0], size(G))),
        Axis::single(CI, 1, fit(case.parts[1], size(CI))),
    ];
    if case.flattened {
        axes.push(Axis::flattened(
            &[N, Y, X],
            1,
            fit(case.parts[2] * case.parts[3], size(N) * size(Y) * size(X)),
        ));
    } else {
        axes.push(Axis::single(N, 1, fit(case.parts[4], size(N))));
        axes.push(Axis::single(Y, 1, fit(case.parts[2], size(Y))));
        axes.push(Axis::single(X, 1, fit(case.parts[3], size(X))));
    }
    axes.push(Axis::single(
        CO,
        case.out_grain,
        fit(case.parts[5], size(CO).div_ceil(case.out_grain)),
    ));
    Arc::new(Grid::new(&case.sizes, axes))
}

fn input(case: &Case) -> Arc<Operand> {
    let s = &case.sizes;
    let window = |output: u8, kernel: u8| {
        Cover::Window(Window {
            output,
            kernel,
            stride: case.stride.cast_signed(),
            kernel_dilation: 1,
            input_dilation: 1,
            padding_lower: 1,
            skips: true,
        })
    };
    // Padding 1 before, and just enough input for the last window.
    let extent = |output: u8, kernel: u8| {
        ((s[output as usize] - 1) * case.stride + s[kernel as usize])
            .saturating_sub(1)
            .max(1)
    };
    Arc::new(Operand {
        shape: smallvec![s[0], s[1] * s[2], extent(Y, KY), extent(X, KX)],
        covers: smallvec![
            Cover::Variables(smallvec![N]),
            Cover::Variables(smallvec![G, CI]),
            window(Y, KY),
            window(X, KX)
        ],
    })
}

fn output(case: &Case) -> Arc<Operand> {
    let s = &case.sizes;
    Arc::new(Operand {
        shape: smallvec![s[0], s[1] * s[3], s[4], s[5]],
        covers: smallvec![
            Cover::Variables(smallvec![N]),
            Cover::Variables(smallvec![G, CO]),
            Cover::Variables(smallvec![Y]),
            Cover::Variables(smallvec![X])
        ],
    })
}

/// All elements of a tensor flattened into one axis over `parts` tiles.
fn linear(shape: &SmallVec<[u64; 5]>, parts: u64, block: u64) -> Placement {
    let total: u64 = shape.iter().product();
    let grid = Grid::new(shape, [Axis::flattened(&[0, 1, 2, 3], 1, parts.min(total))]);
    let covers = (0..4).map(|v| Cover::Variables(smallvec![v])).collect();
    Placement {
        grid: Arc::new(grid),
        operand: Arc::new(Operand {
            shape: shape.clone(),
            covers,
        }),
        spare: Spare::Shared,
        channel_block: block,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A layout gives every element to exactly one tile.
    #[test]
    fn a_layout_owns_every_element_once(case in case()) {
        let placement =
            Placement { grid: grid(&case), operand: output(&case), spare: Spare::Shared, channel_block: case.block };
        let mut all: Vec<Element> =
            (0..placement.grid.tiles()).flat_map(|tile| elements(&placement.region(tile))).collect();
        let total = all.len() as u64;
        all.sort_unstable();
        all.dedup();
        prop_assert_eq!(all.len() as u64, total, "an element has two owners");
        prop_assert_eq!(total, placement.operand.elements(), "an element has no owner");
        for tile in 0..placement.grid.tiles() {
            prop_assert_eq!(placement.elements(tile), elements(&placement.region(tile)).len() as u64);
        }
    }

    /// A need holds exactly the padded window's elements, each once.
    #[test]
    fn a_need_is_the_window_of_its_outputs(case in case()) {
        let grid = grid(&case);
        let need = Placement {
            grid: grid.clone(), operand: input(&case), spare: Spare::Replicated, channel_block: case.block,
        };
        let out = Placement {
            grid: grid.clone(), operand: output(&case), spare: Spare::Replicated, channel_block: case.block,
        };
        for tile in 0..grid.tiles() {
            let held = elements(&need.region(tile));
            let distinct: BTreeSet<Element> = held.iter().cloned().collect();
            prop_assert_eq!(distinct.len(), held.len());
            let positions: BTreeSet<(u64, u64, u64)> =
                elements(&out.region(tile)).into_iter().map(|index| (index[0], index[2], index[3])).collect();
            let channels: BTreeSet<u64> = held.iter().map(|element| element[1]).collect();
            let (height, width) = (need.operand.shape[2].cast_signed(), need.operand.shape[3].cast_signed());
            let mut wanted = BTreeSet::new();
            for (n, y, x) in positions {
                for ky in 0..case.sizes[KY as usize] {
                    for kx in 0..case.sizes[KX as usize] {
                        let iy = (y * case.stride + ky).cast_signed() - 1;
                        let ix = (x * case.stride + kx).cast_signed() - 1;
                        if (0..height).contains(&iy) && (0..width).contains(&ix) {
                            wanted.extend(channels.iter().map(|c| Element::from_slice(&[n, *c, iy as u64, ix as u64])));
                        }
                    }
                }
            }
            prop_assert_eq!(distinct, wanted);
        }
    }

    /// Bytes sent × listeners = bytes received, element by element, and the classes of a grid add up to its tiles.
    #[test]
    fn sent_bytes_times_listeners_are_received(case in case(), linear_source in any::<bool>(), parts in 1_u64..30) {
        let grid = grid(&case);
        let to = Placement {
            grid: grid.clone(), operand: input(&case), spare: Spare::Replicated, channel_block: case.block,
        };
        let from = if linear_source {
            linear(&to.operand.shape, parts, case.block)
        } else {
            // Held as some other convolution of the same sizes would leave it.
            let operand = Operand { shape: to.operand.shape.clone(), covers: (0..4).map(|v| Cover::Variables(smallvec![v])).collect() };
            let axes = [Axis::single(1, case.out_grain, case.parts[1].min(operand.shape[1].div_ceil(case.out_grain))),
                        Axis::single(2, 1, case.parts[0].min(operand.shape[2]))];
            Placement { grid: Arc::new(Grid::new(&operand.shape, axes)), operand: Arc::new(operand), spare: Spare::Shared, channel_block: case.block }
        };
        let transfer = Transfer { from: from.clone(), to: to.clone(), element_bytes: 2, sample_block: 1 };
        let tiles = transfer.by_tile(2);
        let mut received = vec![0_u64; tiles.len()];
        let mut sent = vec![0_u64; tiles.len()];
        let needs: Vec<BTreeSet<Element>> =
            (0..to.grid.tiles()).map(|tile| elements(&to.region(tile)).into_iter().collect()).collect();
        let mut delivered = 0;
        for owner in 0..from.grid.tiles() {
            for element in elements(&from.region(owner)) {
                let listeners: Vec<usize> = needs.iter().enumerate()
                    .filter(|(tile, need)| *tile as u64 != owner && need.contains(&element)).map(|(tile, _)| tile).collect();
                if !listeners.is_empty() { sent[owner as usize] += 2; }
                delivered += 2 * listeners.len() as u64;
                for tile in listeners { received[tile] += 2; }
            }
        }
        prop_assert_eq!(tiles.iter().map(|t| t.received_bytes).sum::<u64>(), delivered);
        for (tile, traffic) in tiles.iter().enumerate() {
            prop_assert_eq!(traffic.received_bytes, received[tile]);
            prop_assert!(traffic.sent_bytes >= sent[tile], "tile {} sends {} of {}", tile, traffic.sent_bytes, sent[tile]);
            prop_assert!(traffic.shared_bytes <= traffic.received_bytes);
            // Windows of one element do not overlap, however positions are flattened.
            let kernel = case.sizes[KY as usize] * case.sizes[KX as usize];
            if !case.flattened || kernel == 1 || delivered == 0 {
                prop_assert_eq!(traffic.sent_bytes, sent[tile]);
            }
        }
        let classes = grid.classes();
        prop_assert_eq!(classes.iter().map(|class| class.tiles).sum::<u64>(), grid.tiles());
        for tile in 0..grid.tiles() {
            prop_assert!(classes.iter().any(|class| class.parts == grid.parts_of(tile)));
        }
        let extents = from.extent_classes();
        let with_elements = (0..from.grid.tiles()).filter(|tile| from.elements(*tile) > 0).count() as u64;
        prop_assert_eq!(extents.iter().map(|(_, count)| count).sum::<u64>(), with_elements);
    }
}
