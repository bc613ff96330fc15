//! How the tiles that touch one cell share it out: parts of its positions × parts of its channels.

use smallvec::SmallVec;

use crate::{
    Cuboid, Interval, Region,
    axis::decompose,
    region::{join_runs, volume},
};

/// A cell shared out over `positions × channels` tiles.
///
/// Channels are indices of dimension 1; positions are the other dimensions, flattened in order. Tile `i` of those that share a
/// cell has position share `i / channels` and channel share `i % channels`; share `k` of `K` over `n` indices holds indices
/// `⌊k·n/K⌋ .. ⌊(k+1)·n/K⌋`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sharing {
    /// Parts that positions are cut into.
    pub positions: u64,
    /// Parts that channels are cut into.
    pub channels: u64,
}

impl Sharing {
    /// Every tile has the whole cell.
    pub const NONE: Self = Self {
        positions: 1,
        channels: 1,
    };

    /// The sharing among `tiles` whose largest share of a cell of the given size is smallest; of equals the one with most
    /// position parts.
    pub fn of(tiles: u64, positions: u64, channels: u64) -> Self {
        (1..=tiles)
            .filter(|parts| tiles.is_multiple_of(*parts))
            .map(|parts| Self {
                positions: tiles / parts,
                channels: parts,
            })
            .min_by_key(|sharing| positions.div_ceil(sharing.positions) * channels.div_ceil(sharing.channels))
            .unwrap_or(Self::NONE)
    }

    /// Tiles that share one cell.
    pub const fn tiles(self) -> u64 {
        self.positions * self.channels
    }

    /// The part of a cell that tile `index` of those that share it has.
    pub(crate) fn share(self, cell: &Region, index: u64) -> Region {
        let boxes = cell.boxes().iter().map(SmallVec::as_slice);
        let mut result = Region::empty();
        SharedCell::new(self, boxes).share(index, &mut |piece| result.push(Cuboid::from_slice(piece)));
        result
    }
}

/// A cell that tiles share out.
///
/// Boxes that hold the same channels have their positions counted together, box by box.
pub(crate) struct SharedCell {
    sharing: Sharing,
    boxes: SmallVec<[SharedBox; 2]>,
    /// The channels that the cell touches; those of a tensor without channels are not cut.
    channels: SmallVec<[Interval; 4]>,
}

/// A box of a cell.
struct SharedBox {
    /// All dimensions but the channels.
    positions: SmallVec<[Interval; 5]>,
    channels: Option<Interval>,
    /// Positions of the boxes before it that hold the same channels.
    before: u64,
    /// Positions of all boxes that hold the same channels.
    total: u64,
}

impl SharedCell {
    pub(crate) fn new<'a>(sharing: Sharing, boxes: impl Iterator<Item = &'a [Interval]>) -> Self {
        let mut channels: SmallVec<[Interval; 4]> = SmallVec::new();
        let mut own: SmallVec<[SharedBox; 2]> = SmallVec::new();
        for cuboid in boxes {
            let places = cuboid.iter().enumerate();
            let positions: SmallVec<[Interval; 5]> = places
                .filter(|(d, _)| *d != 1)
                .map(|(_, interval)| *interval)
                .collect();
            let channel = cuboid.get(1).copied();
            channels.extend(channel);
            let count = volume(&positions);
            let mut before = 0;
            for other in own.iter_mut().filter(|other| other.channels == channel) {
                before += volume(&other.positions);
                other.total += count;
            }
            own.push(SharedBox {
                positions,
                channels: channel,
                before,
                total: before + count,
            });
        }
        join_runs(&mut channels);
        Self {
            sharing,
            boxes: own,
            channels,
        }
    }

    /// Adds the elements that each of the tiles that share the cell has, in order of tiles.
    ///
    /// Those of a box are the product of the positions of a tile's share and of its channels.
    pub(crate) fn elements(&self, elements: &mut [u64]) {
        let Sharing { positions, channels } = self.sharing;
        let shares = self.channel_shares();
        let mut of_channels: SmallVec<[u64; 32]> = SmallVec::new();
        for own in &self.boxes {
            of_channels.clear();
            of_channels.extend(shares.iter().map(|runs| {
                own.channels.map_or(1, |channels| {
                    runs.iter().map(|run| run.intersect(channels).len()).sum()
                })
            }));
            let all = volume(&own.positions);
            let of_positions =
                Interval::parts(own.total, positions).map(|wanted| within(wanted, own.before, all));
            for (elements, positions) in elements.chunks_exact_mut(channels as usize).zip(of_positions) {
                for (elements, channels) in elements.iter_mut().zip(&of_channels) {
                    *elements += positions.len() * channels;
                }
            }
        }
    }

    /// Emits the boxes that tile `index` of those that share the cell has; some may be empty.
    pub(crate) fn share(&self, index: u64, emit: &mut dyn FnMut(&[Interval])) {
        let channels = self.sharing.channels;
        let runs = slice_runs(&self.channels, index % channels, channels);
        self.part(index / channels, &runs, emit);
    }

    /// The channels of every share of them.
    pub(crate) fn channel_shares(&self) -> SmallVec<[SmallVec<[Interval; 4]>; 8]> {
        let channels = self.sharing.channels;
        (0..channels)
            .map(|index| slice_runs(&self.channels, index, channels))
            .collect()
    }

    /// Emits the boxes of one share of the positions in some runs of channels; some may be empty.
    pub(crate) fn part(&self, index: u64, runs: &[Interval], emit: &mut dyn FnMut(&[Interval])) {
        for own in &self.boxes {
            let wanted = Interval::part(own.total, index, self.sharing.positions);
            slice_box(&own.positions, wanted, own.before, &mut |piece| {
                let Some(channels) = own.channels else {
                    emit(piece);
                    return;
                };
                let mut part: SmallVec<[Interval; 8]> = SmallVec::new();
                part.push(piece[0]);
                part.push(channels);
                part.extend_from_slice(&piece[1..]);
                for run in runs {
                    part[1] = run.intersect(channels);
                    emit(&part);
                }
            });
        }
    }
}

/// Part `index` of `parts` of the indices in disjoint, ordered runs.
fn slice_runs(runs: &[Interval], index: u64, parts: u64) -> SmallVec<[Interval; 4]> {
    let wanted = Interval::part(runs.iter().map(|run| run.len()).sum(), index, parts);
    let mut result = SmallVec::new();
    let mut before = 0;
    for run in runs {
        slice_box(std::slice::from_ref(run), wanted, before, &mut |piece| {
            result.push(piece[0]);
        });
        before += run.len();
    }
    result
}

/// What is wanted of `elements` that are counted from `before`.
fn within(wanted: Interval, before: u64, elements: u64) -> Interval {
    let place = |index: u64| index.saturating_sub(before).min(elements);
    Interval::new(place(wanted.start), place(wanted.end))
}

/// The elements of a box whose flattened index, counted from `before`, is wanted.
pub(crate) fn slice_box(
    cuboid: &[Interval],
    wanted: Interval,
    before: u64,
    emit: &mut dyn FnMut(&[Interval]),
) {
    let elements = volume(cuboid);
    let within = within(wanted, before, elements);
    if within.is_empty() {
        return;
    }
    if within.len() == elements {
        emit(cuboid);
        return;
    }
    let sizes: SmallVec<[u64; 5]> = cuboid.iter().map(|interval| interval.len()).collect();
    let mut piece: SmallVec<[Interval; 8]> = SmallVec::from_slice(cuboid);
    decompose(within, &sizes, &mut SmallVec::new(), &mut |relative| {
        for ((piece, part), whole) in piece.iter_mut().zip(relative).zip(cuboid) {
            *piece = Interval::new(whole.start + part.start, whole.start + part.end);
        }
        emit(&piece);
    });
}
