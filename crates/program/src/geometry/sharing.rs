//! How the tiles that touch one cell share it out: parts of its positions × parts of its channels.

use smallvec::SmallVec;

use crate::geometry::{
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

    /// Elements that tile `index` of those that share the cell has.
    pub(crate) fn elements(&self, index: u64) -> u64 {
        let Sharing { positions, channels } = self.sharing;
        let runs = slice_runs(&self.channels, index % channels, channels);
        let of_box = |own: &SharedBox| {
            let wanted = Interval::part(own.total, index / channels, positions);
            let elements = within(wanted, own.before, volume(&own.positions)).len();
            let channels = own.channels.map_or(1, |channels| {
                runs.iter().map(|run| run.intersect(channels).len()).sum()
            });
            elements * channels
        };
        self.boxes.iter().map(of_box).sum()
    }

    /// Emits the boxes that tile `index` of those that share the cell has; some may be empty.
    pub(crate) fn share(&self, index: u64, emit: &mut dyn FnMut(&[Interval])) {
        let Sharing { positions, channels } = self.sharing;
        let runs = slice_runs(&self.channels, index % channels, channels);
        for own in &self.boxes {
            let wanted = Interval::part(own.total, index / channels, positions);
            slice_box(&own.positions, wanted, own.before, &mut |piece| {
                let Some(channels) = own.channels else {
                    emit(piece);
                    return;
                };
                let mut part: SmallVec<[Interval; 8]> = SmallVec::new();
                part.push(piece[0]);
                part.push(channels);
                part.extend_from_slice(&piece[1..]);
                for run in &runs {
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
