//! Intervals, boxes and regions (disjoint unions of boxes) of tensor indices.

use smallvec::SmallVec;

/// Half-open range of indices of one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interval {
    /// First index.
    pub start: u64,
    /// One past the last index.
    pub end: u64,
}

impl Interval {
    /// The interval `[start, end)`; empty if `end <= start`.
    pub const fn new(start: u64, end: u64) -> Self {
        Self {
            start,
            end: if end > start { end } else { start },
        }
    }

    /// The whole of a dimension.
    pub const fn full(size: u64) -> Self {
        Self { start: 0, end: size }
    }

    /// Number of indices.
    pub const fn len(self) -> u64 {
        self.end - self.start
    }

    /// Whether it holds no index.
    pub const fn is_empty(self) -> bool {
        self.end == self.start
    }

    /// Indices in both.
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        let start = self.start.max(other.start);
        Self::new(start, self.end.min(other.end).max(start))
    }
}

/// One interval per dimension.
pub type Cuboid = SmallVec<[Interval; 5]>;

/// Elements of a box.
pub(crate) fn volume(cuboid: &[Interval]) -> u64 {
    cuboid.iter().map(|interval| interval.len()).product()
}

/// Elements in both boxes.
fn overlap(a: &[Interval], b: &[Interval]) -> u64 {
    let mut elements = 1;
    for (left, right) in a.iter().zip(b) {
        let start = left.start.max(right.start);
        let end = left.end.min(right.end);
        if end <= start {
            return 0;
        }
        elements *= end - start;
    }
    elements
}

/// A set of indices as disjoint boxes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Region {
    boxes: SmallVec<[Cuboid; 4]>,
}

impl Region {
    /// The empty region.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Its boxes.
    pub fn boxes(&self) -> &[Cuboid] {
        &self.boxes
    }

    /// Number of indices.
    pub fn elements(&self) -> u64 {
        self.boxes.iter().map(|cuboid| volume(cuboid)).sum()
    }

    /// Number of indices that lie in both regions.
    pub fn overlap(&self, other: &Self) -> u64 {
        self.boxes
            .iter()
            .map(|mine| {
                other
                    .boxes
                    .iter()
                    .map(|theirs| overlap(mine, theirs))
                    .sum::<u64>()
            })
            .sum()
    }

    /// Elements of one box.
    pub fn box_elements(cuboid: &[Interval]) -> u64 {
        volume(cuboid)
    }

    /// The part of the region within one box.
    #[must_use]
    pub fn restricted(&self, bounds: &[Interval]) -> Self {
        let mut result = Self::empty();
        for cuboid in &self.boxes {
            result.push(
                cuboid
                    .iter()
                    .zip(bounds)
                    .map(|(mine, bound)| mine.intersect(*bound))
                    .collect(),
            );
        }
        result
    }

    /// Adds a box that is known to share no index with the region.
    pub(crate) fn push(&mut self, cuboid: Cuboid) {
        if volume(&cuboid) > 0 {
            self.boxes.push(cuboid);
        }
    }

    /// Adds those indices of a box that the region does not hold yet.
    pub(crate) fn push_union(&mut self, cuboid: Cuboid) {
        if volume(&cuboid) == 0 {
            return;
        }
        let mut pieces: SmallVec<[Cuboid; 4]> = SmallVec::new();
        pieces.push(cuboid);
        for present in &self.boxes {
            let mut rest: SmallVec<[Cuboid; 4]> = SmallVec::new();
            for piece in pieces {
                subtract(&piece, present, &mut rest);
            }
            pieces = rest;
            if pieces.is_empty() {
                return;
            }
        }
        self.boxes.extend(pieces);
    }

    /// Elements `[from, to)` of the region in its own order: box by box, and within a box with `first` as the outermost
    /// dimension in steps of `block` indices, then the other dimensions in order, then the index within the block.
    pub(crate) fn slice(&self, from: u64, to: u64, first: usize, block: u64) -> Self {
        let mut result = Self::empty();
        let mut offset = 0;
        for cuboid in &self.boxes {
            let elements = volume(cuboid);
            let start = from.saturating_sub(offset).min(elements);
            let end = to.saturating_sub(offset).min(elements);
            if start < end {
                slice_box(cuboid, start, end, first, block, &mut result);
            }
            offset += elements;
        }
        result
    }
}

/// `piece` without `hole`, as disjoint boxes.
fn subtract(piece: &Cuboid, hole: &Cuboid, rest: &mut SmallVec<[Cuboid; 4]>) {
    if overlap(piece, hole) == 0 {
        rest.push(piece.clone());
        return;
    }
    let mut core = piece.clone();
    for dimension in 0..core.len() {
        let common = core[dimension].intersect(hole[dimension]);
        let before = Interval::new(core[dimension].start, common.start);
        let after = Interval::new(common.end, core[dimension].end);
        for side in [before, after] {
            if !side.is_empty() {
                let mut part = core.clone();
                part[dimension] = side;
                rest.push(part);
            }
        }
        core[dimension] = common;
    }
}

/// Cuts `[start, end)` out of one box in the order that [`Region::slice`] states.
fn slice_box(cuboid: &Cuboid, start: u64, end: u64, first: usize, block: u64, result: &mut Region) {
    if start == 0 && end == volume(cuboid) {
        result.push(cuboid.clone());
        return;
    }
    let channels = cuboid[first];
    let positions: u64 = volume(cuboid) / channels.len();
    let full_blocks = channels.len() / block;
    let full_size = block * positions;
    // Whole blocks of channels, then the last, narrower one.
    let mut cut = |from: u64, to: u64, channels: Interval| {
        // Within one block, `width` channels are innermost: cut in whole positions, the remainder goes along.
        let width = channels.len();
        let (from, to) = (from.div_ceil(width), to.div_ceil(width));
        if from >= to {
            return;
        }
        let others: SmallVec<[u64; 5]> = cuboid
            .iter()
            .enumerate()
            .filter(|(dimension, _)| *dimension != first)
            .map(|(_, i)| i.len())
            .collect();
        for inner in crate::geometry::axis::decompose(Interval::new(from, to), &others) {
            let mut part = cuboid.clone();
            part[first] = channels;
            let mut inner = inner.into_iter();
            for (dimension, interval) in part.iter_mut().enumerate() {
                if dimension != first
                    && let Some(relative) = inner.next()
                {
                    *interval = Interval::new(interval.start + relative.start, interval.start + relative.end);
                }
            }
            result.push(part);
        }
    };
    let first_block = start / full_size;
    let mut block_index = first_block;
    while block_index * full_size < end {
        let begin = block_index * full_size;
        let width = if block_index < full_blocks {
            block
        } else {
            channels.len() - full_blocks * block
        };
        let channel_start = channels.start + block_index * block;
        let from = start.max(begin) - begin;
        let to = end.min(begin + width * positions) - begin;
        if from == 0 && to == full_size && block_index + 1 < full_blocks {
            // A run of whole blocks is one box.
            let last = (end / full_size).min(full_blocks).max(block_index + 1);
            cut(
                0,
                (last - block_index) * full_size,
                Interval::new(channel_start, channel_start + (last - block_index) * block),
            );
            block_index = last;
        } else {
            cut(from, to, Interval::new(channel_start, channel_start + width));
            block_index += 1;
        }
    }
}
