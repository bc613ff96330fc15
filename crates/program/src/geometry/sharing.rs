//! How the tiles that touch one cell share it out: parts of its positions × parts of its channels.

use smallvec::SmallVec;

use crate::geometry::{Cuboid, Interval, Region, axis::decompose};

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
    ///
    /// Boxes of a cell that hold the same channels have their positions counted together, box by box.
    pub(crate) fn share(self, cell: &Region, index: u64) -> Region {
        let (position_share, channel_share) = (index / self.channels, index % self.channels);
        let channels = slice_runs(&cell.touched(1), channel_share, self.channels);
        let has_channels = cell.boxes().first().is_some_and(|cuboid| cuboid.len() > 1);
        let key = |cuboid: &Cuboid| cuboid.get(1).copied();
        let positions = |cuboid: &Cuboid| -> SmallVec<[Interval; 5]> {
            cuboid
                .iter()
                .enumerate()
                .filter(|(d, _)| *d != 1)
                .map(|(_, interval)| *interval)
                .collect()
        };
        let count = |cuboid: &Cuboid| {
            positions(cuboid)
                .iter()
                .map(|interval| interval.len())
                .product::<u64>()
        };
        let mut result = Region::empty();
        for (at, cuboid) in cell.boxes().iter().enumerate() {
            let alike = |boxes: &[Cuboid]| -> u64 {
                boxes
                    .iter()
                    .filter(|other| key(other) == key(cuboid))
                    .map(count)
                    .sum()
            };
            let (total, before) = (alike(cell.boxes()), alike(&cell.boxes()[..at]));
            let wanted = Interval::part(total, position_share, self.positions);
            slice_box(&positions(cuboid), wanted, before, &mut |piece| {
                if !has_channels {
                    result.push(SmallVec::from_slice(piece));
                    return;
                }
                for run in &channels {
                    let mut part: Cuboid = SmallVec::from_slice(piece);
                    part.insert(1, run.intersect(cuboid[1]));
                    result.push(part);
                }
            });
        }
        result
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

/// The elements of a box whose flattened index, counted from `before`, is wanted.
pub(crate) fn slice_box(
    cuboid: &[Interval],
    wanted: Interval,
    before: u64,
    emit: &mut dyn FnMut(&[Interval]),
) {
    let sizes: SmallVec<[u64; 5]> = cuboid.iter().map(|interval| interval.len()).collect();
    let elements: u64 = sizes.iter().product();
    let within = Interval::new(
        wanted.start.saturating_sub(before).min(elements),
        wanted.end.saturating_sub(before).min(elements),
    );
    decompose(within, &sizes, &mut SmallVec::new(), &mut |relative| {
        let piece: SmallVec<[Interval; 8]> = relative
            .iter()
            .zip(cuboid)
            .map(|(part, whole)| Interval::new(whole.start + part.start, whole.start + part.end))
            .collect();
        emit(&piece);
    });
}
