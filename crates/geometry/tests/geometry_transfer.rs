//! Property tests of transfers, by independent factors, against the regions of every tile, element by element.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use smallvec::{SmallVec, smallvec};
use tilesim_geometry::{
    Axis, Cover, Extent, Grid, Operand, Placement, Progression, Progressions, Region, Spare, Window,
};
use tilesim_geometry::{PartialResultsTransfer, Transfer};
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

/// Few enough tiles to look at all pairs.
const TILE_LIMIT: u64 = 64;

/// How a space is cut: variables in random order, grouped into axes of random lengths.
#[derive(Debug, Clone)]
struct Cuts {
    order: Vec<u8>,
    lengths: Vec<usize>,
    parts: Vec<u64>,
    grains: Vec<u64>,
    /// Flattened axes keep the order of the variables.
    sorted: bool,
}

fn cuts() -> impl Strategy<Value = Cuts> {
    (
        Just((0_u8..8).collect::<Vec<u8>>()).prop_shuffle(),
        proptest::collection::vec(prop_oneof![3 => Just(1_usize), 1 => 2_usize..4], 8),
        proptest::collection::vec(1_u64..6, 8),
        proptest::collection::vec(1_u64..3, 8),
        any::<bool>(),
    )
        .prop_map(|(order, lengths, parts, grains, sorted)| Cuts {
            order,
            lengths,
            parts,
            grains,
            sorted,
        })
}

impl Cuts {
    /// Axes over variables below `limit`, groups of which never join those that `apart` tells apart.
    fn axes(&self, limit: u8, apart: impl Fn(u8) -> bool) -> Vec<Axis> {
        let mut rest: Vec<u8> = self
            .order
            .iter()
            .copied()
            .filter(|variable| *variable < limit)
            .collect();
        let mut axes = Vec::new();
        let mut tiles = 1;
        for ((length, parts), grain) in self.lengths.iter().zip(&self.parts).zip(&self.grains) {
            let length = (*length).min(rest.len());
            let mut variables: Vec<u8> = rest.drain(..length).collect();
            if variables.is_empty() || tiles * parts > TILE_LIMIT {
                continue;
            }
            if self.sorted {
                variables.sort_unstable();
            }
            if variables
                .iter()
                .any(|variable| apart(*variable) != apart(variables[0]))
            {
                continue;
            }
            tiles *= parts;
            axes.push(Axis::flattened(&variables, *grain, *parts));
        }
        axes
    }
}

/// Which tensor moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tensor {
    Input,
    Output,
    Weights,
    Pooled,
    Vector,
    Scalar,
    Moved,
}

/// What lies innermost in the memory of the holders: blocks of channels, or of samples as operands of weight gradients have them.
#[derive(Debug, Clone, Copy)]
enum Innermost {
    Channels(u64),
    Samples(u64),
}

impl Innermost {
    fn channel_block(self) -> u64 {
        match self {
            Self::Channels(block) => block,
            Self::Samples(_) => 1,
        }
    }

    fn sample_block(self) -> u64 {
        match self {
            Self::Channels(_) => 1,
            Self::Samples(block) => block,
        }
    }

    /// The dimension of which blocks lie innermost.
    fn dimension(self) -> usize {
        match self {
            Self::Channels(_) => 1,
            Self::Samples(_) => 0,
        }
    }

    fn block(self) -> u64 {
        match self {
            Self::Channels(block) | Self::Samples(block) => block,
        }
    }
}

#[derive(Debug, Clone)]
struct Case {
    sizes: Vec<u64>,
    stride: u64,
    padding: i64,
    /// Whether windows move towards lower positions as outputs move to higher ones.
    backwards: bool,
    tensor: Tensor,
    source: Cuts,
    spare_sizes: (u64, u64),
    target: Cuts,
    target_shared: bool,
    /// Variables that number slices, where no axis cuts them.
    slices: (Option<u8>, Option<u8>),
    innermost: Innermost,
    /// How each dimension of what is moved is indexed.
    moved: Vec<Vec<Progression>>,
}

/// Size of every dimension of what is moved.
const MOVED_SIZE: i64 = 7;

/// Some pieces one behind the other.
fn pieces() -> impl Strategy<Value = Vec<Progression>> {
    let piece = (
        0_u64..3,
        1_u64..3,
        1_u64..4,
        0..MOVED_SIZE.cast_unsigned(),
        -2_i64..3,
    );
    proptest::collection::vec(piece, 1..4).prop_map(|pieces| {
        let mut next = 0;
        let place = |(gap, every, count, index, step): (u64, u64, u64, u64, i64)| {
            let first = next + gap;
            next = first + every * (count - 1) + 1;
            Progression {
                first,
                every,
                count,
                index,
                step,
            }
        };
        pieces.into_iter().map(place).collect()
    })
}

fn case() -> impl Strategy<Value = Case> {
    (
        (
            1_u64..4,
            1_u64..3,
            1_u64..6,
            1_u64..5,
            1_u64..6,
            1_u64..6,
            1_u64..4,
            1_u64..4,
        ),
        (1_u64..3, 0_i64..2, any::<bool>()),
        prop_oneof![
            4 => Just(Tensor::Input),
            2 => Just(Tensor::Output),
            2 => Just(Tensor::Weights),
            2 => Just(Tensor::Pooled),
            1 => Just(Tensor::Vector),
            1 => Just(Tensor::Scalar),
            4 => Just(Tensor::Moved),
        ],
        (cuts(), cuts()),
        (1_u64..5, 1_u64..5),
        any::<bool>(),
        (proptest::option::of(0_u8..6), proptest::option::of(0_u8..8)),
        prop_oneof![
            (1_u64..5).prop_map(Innermost::Channels),
            (2_u64..5).prop_map(Innermost::Samples),
        ],
        proptest::collection::vec(pieces(), 4),
    )
        .prop_map(
            |(
                (n, g, ci, co, y, x, ky, kx),
                (stride, padding, backwards),
                tensor,
                (source, target),
                spare_sizes,
                target_shared,
                slices,
                innermost,
                moved,
            )| {
                // A kernel smaller than the stride leaves gaps.
                Case {
                    sizes: vec![n, g, ci, co, y, x, ky, kx],
                    stride,
                    padding,
                    backwards,
                    tensor,
                    source,
                    spare_sizes,
                    target,
                    target_shared,
                    slices,
                    innermost,
                    moved,
                }
            },
        )
}

impl Case {
    fn operand(&self) -> Operand {
        let s = &self.sizes;
        let of = |variables: &[u8]| Cover::Variables(SmallVec::from_slice(variables));
        let window = |output: u8, kernel: u8| {
            let stride = self.stride.cast_signed();
            let reach = (s[output as usize] - 1).cast_signed() * stride;
            let (stride, before) = if self.backwards {
                (-stride, self.padding - reach)
            } else {
                (stride, self.padding)
            };
            Cover::Window(Window {
                output,
                kernel,
                stride,
                kernel_dilation: 1,
                input_dilation: 1,
                padding_lower: before,
                skips: true,
            })
        };
        let extent = |output: u8, kernel: u8| {
            let last = (s[output as usize] - 1) * self.stride + s[kernel as usize];
            last.saturating_sub(self.padding as u64).max(1)
        };
        match self.tensor {
            Tensor::Input => Operand {
                shape: smallvec![s[0], s[1] * s[2], extent(Y, KY), extent(X, KX)],
                covers: smallvec![of(&[N]), of(&[G, CI]), window(Y, KY), window(X, KX)],
            },
            Tensor::Output => Operand {
                shape: smallvec![s[0], s[1] * s[3], s[4], s[5]],
                covers: smallvec![of(&[N]), of(&[G, CO]), of(&[Y]), of(&[X])],
            },
            Tensor::Weights => Operand {
                shape: smallvec![s[1] * s[3], s[2], s[6], s[7]],
                covers: smallvec![of(&[G, CO]), of(&[CI]), of(&[KY]), of(&[KX])],
            },
            Tensor::Pooled => Operand {
                shape: smallvec![s[0], s[1] * s[3], 1, 1],
                covers: smallvec![of(&[N]), of(&[G, CO]), of(&[]), of(&[])],
            },
            Tensor::Vector => Operand {
                shape: smallvec![s[1] * s[3]],
                covers: smallvec![of(&[G, CO])],
            },
            Tensor::Moved => {
                let of = |(dimension, variable): (usize, u8)| {
                    let size = s[variable as usize];
                    // Values beyond the variable, and indices beyond the dimension, are none.
                    let pieces = self.moved[dimension].iter().filter(|piece| {
                        piece.first + piece.every * (piece.count - 1) < size
                            && (0..MOVED_SIZE).contains(
                                &(piece.index.cast_signed() + piece.step * (piece.count - 1).cast_signed()),
                            )
                    });
                    Cover::Progressions(Progressions {
                        variable,
                        pieces: pieces.copied().collect(),
                    })
                };
                Operand {
                    shape: smallvec![MOVED_SIZE.cast_unsigned(); 4],
                    covers: [N, CI, Y, X].into_iter().enumerate().map(of).collect(),
                }
            }
            Tensor::Scalar => Operand {
                shape: smallvec![],
                covers: smallvec![],
            },
        }
    }

    /// A layout of the tensor, cut along its own dimensions and two spare variables.
    fn layout(&self, cuts: &Cuts) -> Placement {
        let shape = self.operand().shape;
        let rank = shape.len() as u8;
        let mut sizes = shape.to_vec();
        sizes.extend([self.spare_sizes.0, self.spare_sizes.1]);
        let operand = Operand {
            covers: (0..rank)
                .map(|variable| Cover::Variables(smallvec![variable]))
                .collect(),
            shape,
        };
        let grid = sliced(
            Grid::new(&sizes, cuts.axes(rank + 2, |variable| variable < rank)),
            self.slices.0.filter(|variable| *variable < rank),
            &operand,
        );
        Placement {
            grid: Arc::new(grid),
            operand: Arc::new(operand),
            spare: Spare::Shared,
            channel_block: self.innermost.channel_block(),
        }
    }

    /// What tiles of the iteration space touch.
    fn need(&self, spare: Spare) -> Placement {
        let operand = self.operand();
        // Tiles share a cell out only along axes of which it has no variable at all.
        let apart = |variable: u8| spare == Spare::Shared && operand.depends_on(variable);
        let grid = sliced(
            Grid::new(&self.sizes, self.target.axes(8, apart)),
            self.slices.1,
            &operand,
        );
        Placement {
            grid: Arc::new(grid),
            operand: Arc::new(operand),
            spare,
            channel_block: 1,
        }
    }

    fn target(&self) -> Placement {
        self.need(if self.target_shared {
            Spare::Shared
        } else {
            Spare::Replicated
        })
    }
}

/// The grid with slices of a variable, unless an axis cuts it or a window slides over it.
fn sliced(mut grid: Grid, variable: Option<u8>, operand: &Operand) -> Grid {
    let is_cut = |variable: u8| grid.axes.iter().any(|axis| axis.variables.contains(&variable));
    let slides = |variable: u8| {
        let mut windows = operand
            .covers
            .iter()
            .filter(|cover| !matches!(cover, Cover::Variables(_)));
        windows.any(|cover| cover.depends_on(variable))
    };
    grid.slice = variable.filter(|variable| !is_cut(*variable) && !slides(*variable));
    grid
}

/// Whether every axis cuts one variable only.
fn unflattened(placement: &Placement) -> bool {
    placement.grid.axes.iter().all(|axis| axis.variables.len() == 1)
}

fn regions(placement: &Placement) -> Vec<Region> {
    (0..placement.grid.tiles())
        .map(|tile| placement.region(tile))
        .collect()
}

/// An element's place in a holder's memory: blocks of channels (or samples), the other indices in order, those of a block.
fn place(element: &Element, innermost: Innermost) -> (u64, Vec<u64>, u64) {
    let blocked = element.get(innermost.dimension()).copied().unwrap_or(0);
    let others = element
        .iter()
        .enumerate()
        .filter(|(dimension, _)| *dimension != innermost.dimension())
        .map(|(_, index)| *index)
        .collect();
    (blocked / innermost.block(), others, blocked % innermost.block())
}

/// Runs of needed elements in a holder's memory.
///
/// Where the needs of a holder with several positions begin or end within a block, what lies at one position of one block is counted
/// as a run of its own: the end of one block and the beginning of the next are joined once, at the last and the first position.
fn contiguous_pieces(held: &[Element], needed: &[Element], innermost: Innermost, shape: &[u64]) -> u64 {
    let mut held: Vec<_> = held
        .iter()
        .map(|element| (place(element, innermost), needed.contains(element)))
        .collect();
    held.sort();
    let blocked = |wanted: bool| {
        let of = held.iter().filter(move |(_, needed)| *needed || !wanted);
        of.map(|((outer, _, inner), _)| outer * innermost.block() + inner)
    };
    let is_edge = |index: Option<u64>, edge: Option<u64>| {
        index == edge || index.is_some_and(|index| index.is_multiple_of(innermost.block()))
    };
    let end = |index: u64| index + 1;
    let whole_blocks = is_edge(blocked(true).min(), blocked(false).min())
        && is_edge(blocked(true).max().map(end), blocked(false).max().map(end));
    let mut other_sizes = (0..shape.len()).filter(|dimension| *dimension != innermost.dimension());
    let joined = whole_blocks || other_sizes.all(|dimension| shape[dimension] == 1);
    held.chunk_by(|((block, others, _), left), (next, right)| {
        left == right && (joined || (block, others) == (&next.0, &next.1))
    })
    .filter(|run| run[0].1)
    .count() as u64
}

/// The tiles that have each element.
fn owners(regions: &[Region]) -> BTreeMap<Element, Vec<usize>> {
    let mut owners: BTreeMap<Element, Vec<usize>> = BTreeMap::new();
    for (tile, region) in regions.iter().enumerate() {
        for element in elements(region) {
            owners.entry(element).or_default().push(tile);
        }
    }
    owners
}

/// Checks the sizes of all tiles against their regions.
fn check_extents(placement: &Placement) -> Result<(), TestCaseError> {
    let expected: Vec<Extent> = (0..placement.grid.tiles())
        .map(|tile| placement.extent(tile))
        .collect();
    prop_assert_eq!(&placement.extents_by_tile(), &expected);
    prop_assert_eq!(
        placement.elements_by_tile(),
        expected.iter().map(|e| e.elements).collect::<Vec<_>>()
    );
    let mut classes: BTreeMap<Extent, u64> = BTreeMap::new();
    for extent in expected.into_iter().filter(|extent| extent.elements > 0) {
        *classes.entry(extent).or_default() += 1;
    }
    prop_assert_eq!(
        placement.extent_classes(),
        classes.into_iter().rev().collect::<Vec<_>>()
    );
    Ok(())
}

#[test]
fn the_largest_share_is_as_small_as_can_be() {
    use tilesim_geometry::Sharing;
    let of = |tiles, positions, channels| {
        let sharing = Sharing::of(tiles, positions, channels);
        (sharing.positions, sharing.channels)
    };
    // 17 × 20 of 7 × 7 positions of 80 channels is less than 49 × 7, 25 × 14, 13 × 27, 9 × 40 and 5 × 80.
    assert_eq!(of(12, 49, 80), (3, 4));
    // Fewer channels than tiles; of equal shares the one with more position parts.
    assert_eq!(of(8, 64, 4), (8, 1));
    assert_eq!(of(6, 1, 1), (6, 1));
    assert_eq!(of(1, 10, 10), (1, 1));
}

/// A tensor whole on tile 0, and cut along one dimension over so many tiles.
fn cut(shape: &[u64], dimension: u8, parts: u64, sample_block: u64, channel_block: u64) -> Transfer {
    let operand = Arc::new(Operand {
        shape: SmallVec::from_slice(shape),
        covers: (0..shape.len() as u8)
            .map(|variable| Cover::Variables(smallvec![variable]))
            .collect(),
    });
    let placed = |parts| Placement {
        grid: Arc::new(Grid::new(shape, [Axis::single(dimension, 1, parts)])),
        operand: Arc::clone(&operand),
        spare: Spare::Shared,
        channel_block,
    };
    Transfer {
        from: placed(1),
        to: placed(parts),
        element_bytes: 2,
        sample_block,
    }
}

#[test]
fn samples_innermost_are_pieces_of_their_block() {
    let messages = |transfer: Transfer| transfer.by_tile(2)[1].messages;
    // One sample of two that lie side by side is apart at each of 12 positions; two samples of a block of their own are one piece.
    assert_eq!(messages(cut(&[2, 1, 3, 4], 0, 2, 2, 1)), 12);
    assert_eq!(messages(cut(&[4, 5, 3, 4], 0, 2, 2, 1)), 1);
    // Of two blocks of samples a channel is a piece each.
    assert_eq!(messages(cut(&[4, 2, 3, 4], 1, 2, 2, 1)), 2);
}

#[test]
fn blocks_of_a_vector_lie_one_after_the_other() {
    // Channels 20 to 39 of a vector touch two blocks of 16, and are one piece; of each of two samples, two.
    let messages = |shape: &[u64]| cut(shape, 1, 2, 1, 16).by_tile(2)[1].messages;
    assert_eq!(messages(&[1, 40]), 1);
    assert_eq!(messages(&[2, 40]), 4);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// A layout gives every element to one tile, however it is cut and shared out, and no share is larger than said.
    #[test]
    fn a_shared_layout_owns_every_element_once(case in case()) {
        let placement = case.layout(&case.source);
        let owners = owners(&regions(&placement));
        prop_assert_eq!(owners.len() as u64, placement.operand.elements());
        prop_assert!(owners.values().all(|tiles| tiles.len() == 1));
        prop_assert_eq!(placement.sharing().tiles(), placement.sharers());
    }

    /// Regions that tiles have alike are those of each of them.
    #[test]
    fn regions_of_all_tiles_are_those_of_each(case in case()) {
        let layout = case.layout(&case.source);
        for placement in [case.need(Spare::Replicated), case.need(Spare::Shared), layout] {
            prop_assert_eq!(placement.regions(), regions(&placement));
        }
    }

    /// Sizes by factors are the sizes of the regions.
    #[test]
    fn extents_are_those_of_the_regions(case in case()) {
        check_extents(&case.layout(&case.source))?;
        check_extents(&case.need(Spare::Replicated))?;
        check_extents(&case.need(Spare::Shared))?;
    }

    /// A transfer by factors is the transfer of every element.
    #[test]
    fn a_transfer_moves_every_needed_element(case in case()) {
        let transfer = Transfer { from: case.layout(&case.source), to: case.target(), element_bytes: 2, sample_block: case.innermost.sample_block() };
        let (holds, needs) = (regions(&transfer.from), regions(&transfer.to));
        let holders = owners(&holds);
        let listeners = owners(&needs);
        let tiles = transfer.by_tile(2);
        prop_assert_eq!(tiles.len(), holds.len().max(needs.len()));
        let windows = transfer.to.operand.covers.iter().any(|cover| !matches!(cover, Cover::Variables(_)));
        let exact_sends = unflattened(&transfer.to) && (!windows || !case.target_shared);
        for (tile, traffic) in tiles.iter().enumerate() {
            let need = needs.get(tile).map(elements).unwrap_or_default();
            let hold = holds.get(tile).map(elements).unwrap_or_default();
            let resident = need.iter().filter(|element| holders[*element][0] == tile).count() as u64;
            prop_assert_eq!(traffic.resident_bytes, 2 * resident);
            prop_assert_eq!(traffic.received_bytes, 2 * (need.len() as u64 - resident));
            let sent = hold.iter().filter(|element| {
                listeners.get(*element).is_some_and(|all| all.iter().any(|other| *other != tile))
            }).count() as u64;
            prop_assert!(traffic.sent_bytes >= 2 * sent, "tile {} sends {} of {}", tile, traffic.sent_bytes, 2 * sent);
            if exact_sends {
                prop_assert_eq!(traffic.sent_bytes, 2 * sent, "tile {}", tile);
            }
            let sources: BTreeSet<usize> = need.iter().map(|element| holders[element][0]).filter(|source| *source != tile).collect();
            prop_assert_eq!(traffic.messages == 0, sources.is_empty());
            let pieces: u64 = sources.iter().map(|source| {
                contiguous_pieces(&elements(&holds[*source]), &need, case.innermost, &transfer.from.operand.shape)
            }).sum();
            prop_assert!(traffic.messages >= sources.len() as u64);
            // A tile that has a part of several boxes of a need counts for each.
            prop_assert!(traffic.senders >= sources.len() as u64);
            let is_box = |region: &Region| region.boxes().len() <= 1;
            let boxes = needs.get(tile).is_some_and(is_box) && holds.iter().all(is_box);
            // Positions that are shared out are one with samples, which lie innermost, and channels between them.
            let interleaved = matches!(case.innermost, Innermost::Samples(_))
                && [&transfer.from, &transfer.to].iter().any(|placement| placement.sharing().positions > 1);
            if boxes && unflattened(&transfer.from) && unflattened(&transfer.to) && !interleaved {
                prop_assert_eq!(traffic.messages, pieces, "tile {}", tile);
                prop_assert_eq!(traffic.senders, sources.len() as u64, "tile {}", tile);
            }
        }
        for (pair, both) in tiles.chunks_exact(2).zip((0..tiles.len()).step_by(2)) {
            let elements_of = |tile: usize| needs.get(tile).map(elements).unwrap_or_default().into_iter().collect::<BTreeSet<_>>();
            let (left, right) = (elements_of(both), elements_of(both + 1));
            let common = if left == right {
                (2 * left.len() as u64).saturating_sub(pair[0].resident_bytes + pair[1].resident_bytes)
            } else {
                0
            };
            for tile in pair {
                // Equal needs count as such if they are the same boxes.
                prop_assert!(tile.shared_bytes <= common.min(tile.received_bytes));
                prop_assert!(tile.shared_bytes > 0 || common.min(tile.received_bytes) == 0 || !unflattened(&transfer.to));
                prop_assert!(tile.shared_bytes == common.min(tile.received_bytes) || tile.shared_bytes == 0);
            }
        }
    }

    /// Every tile that adds up gets every partial sum of its elements once.
    #[test]
    fn partials_reach_the_tile_that_adds_them_up(case in case(), to_own_cells in any::<bool>()) {
        let partials = case.need(Spare::Replicated);
        let to = if to_own_cells {
            let shared = case.need(Spare::Shared);
            // A window's cells overlap, so that elements would have several owners.
            if matches!(case.tensor, Tensor::Input | Tensor::Moved) { case.layout(&case.source) } else { shared }
        } else {
            case.layout(&case.source)
        };
        let transfer = PartialResultsTransfer { partials, to, in_runs: false, element_bytes: 4 };
        let (have, own) = (regions(&transfer.partials), regions(&transfer.to));
        let contributors = owners(&have);
        let adders = owners(&own);
        let (tiles, depths) = (transfer.by_tile(), transfer.depth_by_tile());
        prop_assert_eq!(tiles.len(), have.len().max(own.len()));
        let none = Vec::new();
        for (tile, traffic) in tiles.iter().enumerate() {
            let mine = own.get(tile).map(elements).unwrap_or_default();
            let of = |element: &Element| contributors.get(element).unwrap_or(&none);
            let resident = mine.iter().filter(|element| of(element).contains(&tile)).count() as u64;
            let gathered: u64 = mine.iter().map(|element| of(element).len() as u64).sum();
            prop_assert_eq!(traffic.resident_bytes, 4 * resident);
            prop_assert_eq!(traffic.received_bytes, 4 * (gathered - resident));
            let sent = have.get(tile).map(elements).unwrap_or_default().iter()
                .filter(|element| adders.get(*element).is_some_and(|all| all[0] != tile)).count() as u64;
            prop_assert_eq!(traffic.sent_bytes, 4 * sent);
            prop_assert_eq!(traffic.shared_bytes, 0);
            let depth = mine.iter().map(|element| of(element).len() as u64).max().unwrap_or(0);
            prop_assert_eq!(depths[tile], depth);
            let sources: BTreeSet<usize> =
                mine.iter().flat_map(|element| of(element).iter().copied()).filter(|source| *source != tile).collect();
            prop_assert_eq!(traffic.messages == 0, sources.is_empty());
            prop_assert!(traffic.messages >= sources.len() as u64);
            prop_assert_eq!(traffic.senders, traffic.messages);
        }
    }

    /// Reduce-scatter of a convolution: each of the tiles with partials of a cell adds up its share of it.
    #[test]
    fn reduce_scatter_is_closed(mut case in case()) {
        if matches!(case.tensor, Tensor::Input | Tensor::Moved) {
            case.tensor = Tensor::Output;
        }
        let shared = case.need(Spare::Shared);
        let partials = Placement { spare: Spare::Replicated, ..shared.clone() };
        let depth = partials.spare_parts();
        let transfer = PartialResultsTransfer { partials: partials.clone(), to: shared.clone(), in_runs: false, element_bytes: 1 };
        let (cells, shares) = (partials.elements_by_tile(), shared.elements_by_tile());
        for (tile, traffic) in transfer.by_tile().iter().enumerate() {
            prop_assert_eq!(traffic.received_bytes, (depth - 1) * shares[tile]);
            prop_assert_eq!(traffic.sent_bytes, cells[tile] - shares[tile]);
            prop_assert_eq!(traffic.resident_bytes, shares[tile]);
            prop_assert_eq!(transfer.depth_by_tile()[tile], if shares[tile] > 0 { depth } else { 0 });
            prop_assert_eq!(traffic.messages, if shares[tile] > 0 { depth - 1 } else { 0 });
        }
    }
}
